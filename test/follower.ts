import { setTimeout as sleep } from 'node:timers/promises';
import { type EntryEvent, type Message } from '@app/protocol';
import { type Person, TestClient } from '@app/testing';

/** One entry as a follower was told of it. */
export interface Heard {
  readonly seq: number;
  readonly kind: string;
  readonly from: string;
  readonly clientMsgId?: string;
  /** Whom a `member_joined` or `member_left` is about. */
  readonly userId?: string;
}

/**
 * One device that follows one conversation as a careful client does, across any number of connections: it resumes after the last seq
 * it has seen and pages what was not recovered. It forgives nothing: a hole, a double or a wrong order in a stream is a fault.
 */
export class Follower {
  /** What was heard, live and paged, in this order. */
  readonly heard: Heard[] = [];
  readonly faults: string[] = [];
  /** How often the server left it to the client to page what was missing. */
  unrecovered = 0;
  resumed = 0;
  /** Set by the entry that ends this user's membership. */
  left = false;
  /** Called after every entry that was heard. */
  onHeard: () => void = () => undefined;
  /** What arrives before it is known where the stream of this connection begins. */
  private early: Heard[] | undefined;
  /** The last seq of this connection's own stream. */
  private live: number | undefined;
  /** Ends listening to the last connection. */
  private unlisten: () => void = () => undefined;

  constructor(
    private readonly person: Person,
    readonly target: { readonly convId: string; readonly groupId?: string },
    /** Begin with the whole window, instead of with what comes next. */
    private readonly fromStart = false,
  ) {}

  /** Seq of the last entry heard. */
  get position(): number | undefined {
    return this.heard.at(-1)?.seq;
  }

  /** Goes on by a new connection. Resolves when live entries flow and nothing before them is missing. */
  async follow(client: TestClient): Promise<void> {
    this.stop();
    this.early = [];
    this.live = undefined;
    const { groupId } = this.target;
    // A c2c flows from the first moment of a connection on; what came of a group before it is subscribed belongs to an earlier stay.
    let next = groupId === undefined ? 0 : client.events.length;
    const pump = () => {
      for (; next < client.events.length; next++) {
        const { action, data } = client.events[next] as { action: string; data: Message | EntryEvent };
        if ((action === 'message' || action === 'entry') && data.convId === this.target.convId) this.receive(heardOf(data));
      }
    };
    pump();
    // Behind the client's own listener, so what has just arrived is among its events.
    client.socket.on('message', pump);
    this.unlisten = () => client.socket.off('message', pump);
    const begins = groupId === undefined ? await this.fill(client) : await this.subscribe(client, groupId);
    pump();
    this.begin(begins);
  }

  /** Does not listen any more. */
  stop(): void {
    this.unlisten();
  }

  /** Whether live entries are being taken. */
  get flowing(): boolean {
    return this.early === undefined;
  }

  private async subscribe(client: TestClient, groupId: string): Promise<number | undefined> {
    const fromSeq = this.position ?? (this.fromStart ? 0 : undefined);
    if (this.position !== undefined) this.resumed++;
    const { lastSeq, recovered } = await client.call('subscribe_group', { groupId, ...(fromSeq === undefined ? {} : { fromSeq }) });
    if (!recovered) {
      this.unrecovered++;
      await this.fill(client, lastSeq);
      return lastSeq;
    }
    // A member who has joined anew hears from there on, not from 1.
    return this.position ?? (this.fromStart ? undefined : lastSeq);
  }

  /** Pages what is missing, up to `end` or to the head of the log. */
  private async fill(client: TestClient, end = Number.MAX_SAFE_INTEGER): Promise<undefined> {
    for (;;) {
      const after = this.position ?? 0;
      const { entries, hasMore } = await client.call('entries', { convId: this.target.convId, afterSeq: after, limit: 500 });
      for (const entry of entries) if (entry.seq <= end) this.accept(heardOf(entry));
      if (!hasMore || (this.position ?? 0) >= end) return undefined;
    }
  }

  private begin(after: number | undefined): void {
    const early = this.early ?? [];
    this.early = undefined;
    this.live = after;
    for (const heard of early) this.receive(heard);
  }

  private receive(heard: Heard): void {
    if (this.early) return void this.early.push(heard);
    if (this.left) return this.blame(`${heard.seq} came after the user had left`);
    if (this.live !== undefined && heard.seq !== this.live + 1) this.blame(`${heard.seq} came after ${this.live}`);
    this.live = heard.seq;
    // A c2c flows from the first moment on, so the page may have brought it already.
    if (this.target.groupId === undefined && heard.seq <= (this.position ?? 0)) return;
    this.accept(heard);
  }

  private accept(heard: Heard): void {
    if (this.position !== undefined && heard.seq !== this.position + 1) this.blame(`${heard.seq} was read after ${this.position}`);
    this.heard.push(heard);
    if (heard.kind === 'member_left' && heard.userId === this.person.id) this.left = true;
    this.onHeard();
  }

  private blame(what: string): void {
    if (this.faults.length < 5) this.faults.push(`${this.person.id} in ${this.target.convId}: ${what}`);
  }
}

function heardOf(data: (Message | EntryEvent) & { kind?: string }): Heard {
  const { seq, from, kind = 'message' } = data;
  return {
    seq,
    kind,
    from,
    ...('clientMsgId' in data ? { clientMsgId: data.clientMsgId } : {}),
    ...('userId' in data ? { userId: data.userId } : {}),
  };
}

/** The whole log of a conversation, as a member reads it page by page. */
export async function readLog(client: TestClient, convId: string): Promise<Heard[]> {
  const log: Heard[] = [];
  for (;;) {
    const { entries, hasMore } = await client.call('entries', { convId, afterSeq: log.at(-1)?.seq ?? 0, limit: 500 });
    log.push(...entries.map(heardOf));
    if (!hasMore) return log;
  }
}

/** Connects, again and again while the gateway is away; `url` may name another one each time. */
export async function reconnect(url: string | (() => string), person: Person, deviceId: string): Promise<TestClient> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      return await TestClient.connect(typeof url === 'string' ? url : url(), { token: person.token, deviceId });
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(10 + Math.random() * 40);
    }
  }
}
