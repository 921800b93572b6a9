import { Inspector } from './inspector';

/** A function and its share of a profile, of CPU time or of memory; its callees left out. */
export interface Hot {
  readonly share: number;
  readonly where: string;
}

/** A function as V8 tells of it. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const waitingStates = new Set(['(idle)', '(root)']);
const sampleEveryUs = 250;

/** V8's sampling profiler in another process, by its inspector: only what is between `start` and `stop` is looked at. */
export class Profiler {
  /** The newest profile, as Chrome's tools read it. */
  last: unknown;
  private readonly spent = new Map<string, number>();

  private constructor(private readonly inspector: Inspector) {}

  /** Attaches to the address that Node prints for `--inspect`. */
  static async attach(address: string): Promise<Profiler> {
    const inspector = await Inspector.attach(address);
    await inspector.ask('Profiler.enable');
    await inspector.ask('Profiler.setSamplingInterval', { interval: sampleEveryUs });
    return new Profiler(inspector);
  }

  async start(): Promise<void> {
    await this.inspector.ask('Profiler.start');
  }

  async stop(): Promise<void> {
    const { profile } = (await this.inspector.ask('Profiler.stop')) as { profile: Profile };
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
    this.inspector.close();
  }
}

/** The function's name and where it is. */
export function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  // V8 names every function of a native add-on after one of them.
  if (url === '') return functionName.startsWith('(') ? functionName : `${functionName} (native, or another native function)`;
  const file = url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/(?=(apps|libs|bench)\/)/, '');
  return `${functionName === '' ? '(anonymous)' : functionName}  ${file}:${lineNumber + 1}`;
}
