/** Who wrote a frame: the SDK by itself, somebody at this console, or the server. */
export type Origin = 'sdk' | 'console' | 'server';

/** How a request ended: on the request, and on the reply that ended it. */
export interface Outcome {
  readonly ok: boolean;
  /** The error's code, or the HTTP status. */
  readonly code?: string;
  readonly tookMs: number;
}

/** One line of a log. */
export interface LogEntry {
  /** Grows by one from line to line. */
  readonly id: number;
  /** Milliseconds since 1970, by the clock of this browser. */
  readonly at: number;
  /** A frame of the socket, one half of a REST request, or something that happened to the socket itself. */
  readonly kind: 'frame' | 'rest' | 'socket';
  readonly direction: 'out' | 'in';
  readonly origin: Origin;
  /** The action or event, `GET /api/…`, or what happened to the socket. */
  readonly title: string;
  readonly ref?: string | undefined;
  /** As it was on the wire. */
  readonly text: string;
  /** What the text says; undefined where it is no JSON. */
  readonly value?: unknown;
  readonly outcome?: Outcome | undefined;
  /** The action that this reply answers. */
  readonly answers?: string | undefined;
}

/** One request that waits for its reply. */
interface Asked {
  readonly id: number;
  readonly title: string;
  readonly at: number;
}

/** What a log needs of its surroundings. */
export interface LogParts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that never go back, for durations. */
  readonly elapsed: () => number;
  /** Runs a task a little later: many frames are told at once. */
  readonly later: (task: () => void) => void;
}

const browser: LogParts = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  later: (task) => void setTimeout(task, 40),
};

/** How many lines a log keeps. */
export const capacity = 5_000;

/** What went over one connection, oldest first; the newest {@link capacity} lines of it. A reply finds its request by `ref`. */
export class FrameLog {
  private entries: LogEntry[] = [];
  private told: readonly LogEntry[] = [];
  private nextId = 1;
  private readonly asked = new Map<string, Asked>();
  private readonly listeners = new Set<() => void>();
  private isTelling = false;

  constructor(private readonly parts: LogParts = browser) {}

  /** Writes down a frame that was sent. */
  sent(text: string, origin: Origin): void {
    const value = parse(text);
    const { action, ref } = envelope(value);
    const entry = this.add({ kind: 'frame', direction: 'out', origin, title: action ?? '?', ref, text, value });
    if (ref !== undefined) this.asked.set(ref, { id: entry.id, title: entry.title, at: this.parts.elapsed() });
  }

  /** Writes down a frame that came, and tells how long its request took. */
  received(text: string): Outcome | undefined {
    const value = parse(text);
    const { action = '?', ref, data } = envelope(value);
    const asked = ref !== undefined && (action === 'ack' || action === 'error') ? this.asked.get(ref) : undefined;
    const outcome = asked && outcomeOf(action === 'ack', codeOf(data), this.parts.elapsed() - asked.at);
    if (asked) this.asked.delete(ref!);
    this.add({ kind: 'frame', direction: 'in', origin: 'server', title: action, ref, text, value, outcome, answers: asked?.title });
    if (asked) this.end(asked, outcome!);
    return outcome;
  }

  /** Writes down a REST request; call what is returned with its answer. */
  request(title: string, text: string): (answer: { ok: boolean; code: string; text: string }) => Outcome {
    const { id } = this.add({ kind: 'rest', direction: 'out', origin: 'console', title, text, value: parse(text) });
    const asked = { id, title, at: this.parts.elapsed() };
    return ({ ok, code, text: answer }) => {
      const outcome = outcomeOf(ok, code, this.parts.elapsed() - asked.at);
      this.add({
        kind: 'rest',
        direction: 'in',
        origin: 'server',
        title: code,
        text: answer,
        value: parse(answer),
        outcome,
        answers: title,
      });
      this.end(asked, outcome);
      return outcome;
    };
  }

  /** Writes down what happened to the socket. Where it has gone, nothing that was asked is answered any more. */
  happened(title: 'connecting' | 'open' | 'close', value: object, direction: 'out' | 'in'): void {
    if (title === 'close') this.asked.clear();
    this.add({ kind: 'socket', direction, origin: direction === 'in' ? 'server' : 'sdk', title, text: JSON.stringify(value), value });
  }

  /** Forgets all lines. */
  clear(): void {
    this.entries = [];
    this.tell();
  }

  /** Hears that there are other lines than before; what is returned ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The lines as they were told of last. */
  readonly snapshot = (): readonly LogEntry[] => this.told;

  private add(line: Omit<LogEntry, 'id' | 'at'>): LogEntry {
    const entry = { id: this.nextId++, at: this.parts.now(), ...line };
    this.entries.push(entry);
    // Not with every line: to move 5,000 of them is work.
    if (this.entries.length > capacity * 1.1) this.entries = this.entries.slice(-capacity);
    this.tell();
    return entry;
  }

  private end({ id }: Asked, outcome: Outcome): void {
    const index = id - (this.entries[0]?.id ?? id);
    const entry = this.entries[index];
    if (entry?.id === id) this.entries[index] = { ...entry, outcome };
    this.tell();
  }

  private tell(): void {
    if (this.isTelling) return;
    this.isTelling = true;
    this.parts.later(() => {
      this.isTelling = false;
      this.told = this.entries.slice(-capacity);
      for (const listener of this.listeners) listener();
    });
  }
}

function outcomeOf(ok: boolean, code: string | undefined, tookMs: number): Outcome {
  return { ok, tookMs, ...(code === undefined ? {} : { code }) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function envelope(value: unknown): { action?: string | undefined; ref?: string | undefined; data?: unknown } {
  if (typeof value !== 'object' || value === null) return {};
  const { action, ref, data } = value as Record<string, unknown>;
  return { action: typeof action === 'string' ? action : undefined, ref: typeof ref === 'string' ? ref : undefined, data };
}

function codeOf(data: unknown): string | undefined {
  const { code } = (data ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
