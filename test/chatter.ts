import { setTimeout as sleep } from 'node:timers/promises';
import { type Person, Refused, type Seeded, type TestClient } from '@app/testing';
import { Follower, type Heard, reconnect } from './follower';

/** A place to write to. */
export interface Target {
  readonly convId: string;
  readonly groupId?: string;
}

/** What a chatter does. */
export interface ChatterOptions {
  /** Gateways; the first one is preferred, the others are tried when it is away. */
  readonly urls: readonly string[];
  readonly writesTo: readonly Target[];
  readonly follows: readonly Target[];
  readonly random: Seeded;
  /** Messages per second; without it as many as 25 sends in flight allow. */
  readonly perSecond?: number;
}

const inFlight = 25;
const retryMs = 100;

/** A message that is not acked. `waiting` is set while it is on its way. */
interface Pending {
  readonly target: Target;
  readonly sentAt: number;
  waiting: boolean;
}

/** A connection that ended, and how long it took to have another one. */
export interface Cut {
  readonly code: number;
  readonly backMs: number;
}

/**
 * Somebody who writes and holds many sends in flight, follows conversations, and comes back after every cut: what was not acked is sent
 * again in its order, on a new connection or after an UNAVAILABLE.
 */
export class Chatter {
  readonly followers: Follower[];
  /** Seq of every acked message by its key. */
  readonly acked = new Map<string, { readonly convId: string; readonly seq: number }>();
  readonly faults: string[] = [];
  /** Connections that ended while it lived. */
  readonly cuts: Cut[] = [];
  /** Milliseconds from the first sending of each message to its ack. */
  readonly ackMs: number[] = [];
  sent = 0;
  resent = 0;
  /** Sends that were stored although their first ack never came. */
  duplicates = 0;
  /** Sends that were answered UNAVAILABLE. */
  unavailable = 0;
  private readonly pending = new Map<string, Pending>();
  /** Conversations in which a send failed: nothing new is written to them until what failed was sent again. */
  private readonly broken = new Set<string>();
  private client: TestClient | undefined;
  private writing = true;
  private ended = false;
  private readonly life: Promise<void>;

  constructor(
    readonly person: Person,
    private readonly options: ChatterOptions,
  ) {
    this.followers = options.follows.map((target) => new Follower(person, target, true));
    this.life = this.live().catch((error: unknown) => void this.faults.push(String(error)));
    if (options.perSecond !== undefined) void this.pace(options.perSecond);
  }

  get idle(): boolean {
    return !this.writing && this.pending.size === 0;
  }

  /** What is not acked yet, for a message about it. */
  get unacked(): string {
    return `${this.person.id}: ${[...this.pending].map(([key, { target }]) => `${key} to ${target.convId}`).join(', ')}`;
  }

  /** Writes nothing new; what was not acked is still sent again. */
  stopWriting(): void {
    this.writing = false;
  }

  /** Writes one more message. */
  writeOne(target: Target): void {
    const clientMsgId = `m${++this.sent}`;
    this.pending.set(clientMsgId, { target, sentAt: performance.now(), waiting: false });
    if (!this.broken.has(target.convId)) this.write(clientMsgId);
  }

  async close(): Promise<void> {
    this.ended = true;
    this.client?.cut();
    await this.life;
  }

  /** Whether it has a connection and hears by it all that it follows. */
  get connected(): boolean {
    return this.client !== undefined && this.followers.every(({ flowing }) => flowing);
  }

  private async live(): Promise<void> {
    let cut: { readonly code: number; readonly at: number } | undefined;
    while (!this.ended) {
      const client = await this.connect();
      if (this.ended) return client.cut();
      if (cut) this.cuts.push({ code: cut.code, backMs: performance.now() - cut.at });
      void client.closed.then(({ code }) => (cut = { code, at: performance.now() }));
      this.client = client;
      try {
        this.broken.clear();
        for (const [clientMsgId, pending] of this.pending) {
          pending.waiting = false;
          this.resent++;
          this.write(clientMsgId);
        }
        this.writeMore();
        await Promise.all(this.followers.map((follower) => follower.follow(client)));
        await client.closed;
      } catch (error) {
        if (client.socket.readyState === client.socket.OPEN) await this.trouble(client, error as Error);
      }
      this.client = undefined;
    }
  }

  /** A page or a subscription that the store could not serve is asked for again, on a new connection. */
  private async trouble(client: TestClient, error: Error): Promise<void> {
    client.cut();
    if (!isUnavailable(error)) this.faults.push(String(error));
    await sleep(retryMs);
  }

  private async connect(): Promise<TestClient> {
    const [first = '', ...others] = this.options.urls;
    if (others.length === 0) return reconnect(first, this.person, 'phone');
    return reconnect(() => (this.options.random.chance(0.5) ? first : this.options.random.pick(others)), this.person, 'phone');
  }

  private writeMore(): void {
    const { writesTo, random, perSecond } = this.options;
    if (perSecond !== undefined || writesTo.length === 0) return;
    while (this.writing && this.client && this.pending.size < inFlight) this.writeOne(random.pick(writesTo));
  }

  private async pace(perSecond: number): Promise<void> {
    const { writesTo, random } = this.options;
    while (this.writing && !this.ended) {
      await sleep((1000 / perSecond) * (0.5 + random.next()));
      if (this.writing) this.writeOne(random.pick(writesTo));
    }
  }

  private write(clientMsgId: string): void {
    const { client } = this;
    const pending = this.pending.get(clientMsgId);
    if (!client || !pending || pending.waiting) return;
    const { target, sentAt } = pending;
    pending.waiting = true;
    const where = target.groupId === undefined ? { convId: target.convId } : { groupId: target.groupId };
    client.say(where, `${this.person.id} ${clientMsgId}`, clientMsgId).then(
      ({ convId, seq, duplicate }) => {
        if (duplicate) this.duplicates++;
        if (this.acked.has(clientMsgId)) this.faults.push(`${this.person.id} ${clientMsgId} was acked twice`);
        this.acked.set(clientMsgId, { convId, seq });
        this.ackMs.push(performance.now() - sentAt);
        this.pending.delete(clientMsgId);
        this.writeMore();
      },
      (error: Error) => {
        pending.waiting = false;
        if (isUnavailable(error)) this.breakIn(client, target.convId);
        else if (!/closed/.test(error.message)) this.faults.push(`${this.person.id} ${clientMsgId}: ${error.message}`);
      },
    );
  }

  private breakIn(client: TestClient, convId: string): void {
    this.unavailable++;
    if (this.broken.has(convId)) return;
    this.broken.add(convId);
    void this.mend(client, convId);
  }

  /** Sends again, in order, what failed in a conversation, once everything that was on its way has its answer. */
  private async mend(client: TestClient, convId: string): Promise<void> {
    const inConversation = () => [...this.pending].filter(([, { target }]) => target.convId === convId);
    do await sleep(retryMs);
    while (this.client === client && inConversation().some(([, { waiting }]) => waiting));
    if (this.client !== client) return;
    this.broken.delete(convId);
    for (const [clientMsgId] of inConversation()) {
      this.resent++;
      this.write(clientMsgId);
    }
  }
}

/** The sum of a count over all chatters. */
export const sumOf = (chatters: readonly Chatter[], what: 'sent' | 'resent' | 'duplicates' | 'unavailable'): number =>
  chatters.reduce((sum, one) => sum + one[what], 0);

/** Messages that stand behind a later one of the same sender. */
export function outOfOrder(log: readonly Heard[]): string[] {
  const last = new Map<string, number>();
  return log.flatMap(({ from, clientMsgId }) => {
    if (clientMsgId === undefined) return [];
    const number = Number(clientMsgId.slice(1));
    const before = last.get(from) ?? 0;
    last.set(from, number);
    return number < before ? [`${from} ${clientMsgId} after m${before}`] : [];
  });
}

const isUnavailable = (error: Error): boolean => error instanceof Refused && error.code === 'UNAVAILABLE';
