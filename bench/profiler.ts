import { WebSocket } from 'ws';

/** A function and its share of the CPU time of a profile, its callees left out. */
export interface Hot {
  readonly share: number;
  readonly where: string;
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const waitingStates = new Set(['(idle)', '(root)']);
const sampleEveryUs = 250;

/** V8's sampling profiler in another process, by its inspector: only what is between `start` and `stop` is looked at. */
export class Profiler {
  /** The newest profile, as Chrome's tools read it. */
  last: unknown;
  private readonly waiting = new Map<number, (result: unknown) => void>();
  private readonly spent = new Map<string, number>();
  private asked = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const { id, result } = JSON.parse((data as Buffer).toString()) as { id: number; result: unknown };
      this.waiting.get(id)?.(result);
      this.waiting.delete(id);
    });
  }

  /** Attaches to the address that Node prints for `--inspect`. */
  static async attach(address: string): Promise<Profiler> {
    const socket = new WebSocket(address, { perMessageDeflate: false, maxPayload: 2 ** 30 });
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    const profiler = new Profiler(socket);
    await profiler.ask('Profiler.enable');
    await profiler.ask('Profiler.setSamplingInterval', { interval: sampleEveryUs });
    return profiler;
  }

  async start(): Promise<void> {
    await this.ask('Profiler.start');
  }

  async stop(): Promise<void> {
    const { profile } = (await this.ask('Profiler.stop')) as { profile: Profile };
    this.last = profile;
    const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
    profile.samples.forEach((id, index) => {
      const place = places.get(id) ?? '';
      if (!waitingStates.has(place)) this.spent.set(place, (this.spent.get(place) ?? 0) + (profile.timeDeltas[index] ?? 0));
    });
  }

  /** Functions by self time over all profiles, time without work left out. */
  hottest(count = 20): Hot[] {
    const total = [...this.spent.values()].reduce((sum, time) => sum + time, 0);
    return [...this.spent]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([where, time]) => ({ share: time / total, where }));
  }

  close(): void {
    this.socket.close();
  }

  private ask(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.asked;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }
}

function placeOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  // V8 names every function of a native add-on after one of them.
  if (url === '') return functionName.startsWith('(') ? functionName : `${functionName} (native, or another native function)`;
  const file = url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/(?=(apps|libs|bench)\/)/, '');
  return `${functionName === '' ? '(anonymous)' : functionName}  ${file}:${lineNumber + 1}`;
}
