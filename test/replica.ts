import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionOutput, Entry, Message } from '@app/protocol';
import type { Person, TestClient } from '@app/testing';
import { reconnect } from './follower';

type Told = ActionOutput<'sync'>;
type Line = Told['conversations'][number];

/** A message as a device keeps it; one that was taken back is only a place. */
type Kept = Pick<Message, 'seq' | 'from'> & Partial<Message>;

/**
 * One device that keeps the whole state of its user by the protocol alone: what `sync` tells, and the messages of every conversation. An
 * event only makes it ask. It comes back after every cut.
 */
export class Replica {
  /** Connections so far. */
  connections = 0;
  readonly faults: string[] = [];
  private readonly lines = new Map<string, Line>();
  private readonly friends = new Map<string, Told['friends'][number]>();
  private readonly requests = new Map<string, Told['friendRequests'][number]>();
  private readonly groupRequests = new Map<string, Told['groupRequests'][number]>();
  private readonly blocks = new Map<string, Told['blocks'][number]>();
  private readonly messages = new Map<string, Map<number, Kept>>();
  private readonly positions = new Map<string, number>();
  /** Conversations of which `sync` told and whose entries are still to be read. */
  private readonly behind = new Set<string>();
  private token: string | undefined;
  private client: TestClient | undefined;
  private subscribed = new Set<string>();
  /** Events of this connection that it was told. */
  private eventsSeen = 0;
  private dirty = false;
  private wake: () => void = () => undefined;
  private ended = false;
  private life: Promise<void> = Promise.resolve();

  constructor(
    private readonly person: Person,
    private readonly deviceId: string,
    private readonly url: () => string,
  ) {}

  /** Begins to follow. */
  start(): this {
    this.life = this.live();
    return this;
  }

  /** Whether everything that it was told of is taken in. */
  get settled(): boolean {
    return this.client !== undefined && !this.dirty;
  }

  /** Cuts the connection. */
  cut(): void {
    this.client?.cut();
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.ended = true;
    this.wake();
    this.cut();
    await this.life;
  }

  /** Asks once more, whether or not it was told to. */
  ask(): void {
    this.touch();
  }

  /** The first message that it has of each conversation. */
  get windows(): ReadonlyMap<string, number> {
    return new Map([...this.lines.keys()].map((convId) => [convId, Math.min(...(this.messages.get(convId)?.keys() ?? []))]));
  }

  /**
   * The state as text, a thing per line. `windows` tells where the messages of each conversation begin: what a device keeps of an earlier
   * membership is its own affair.
   */
  state(windows: ReadonlyMap<string, number>): string {
    const present = [...this.lines.values()];
    return [
      ...present.map((line) => `conversation ${textOf(line)}`),
      ...present.flatMap(({ convId }) =>
        [...(this.messages.get(convId)?.values() ?? [])]
          .filter(({ seq }) => seq >= (windows.get(convId) ?? Infinity))
          .map((message) => `message ${convId} ${String(message.seq).padStart(6, '0')} ${textOf(message)}`),
      ),
      ...[...this.friends.values()].map((friend) => `friend ${textOf(friend)}`),
      ...[...this.requests.values()].map((request) => `request ${textOf(request)}`),
      ...[...this.groupRequests.values()].map((request) => `group request ${textOf(request)}`),
      ...[...this.blocks.values()].map((block) => `block ${textOf(block)}`),
    ]
      .sort()
      .join('\n');
  }

  private async live(): Promise<void> {
    while (!this.ended) {
      // However long the way to the gateways is away.
      const client = await reconnect(this.url, this.person, this.deviceId).catch(() => undefined);
      if (!client) continue;
      this.connections++;
      this.client = client;
      this.subscribed = new Set();
      this.eventsSeen = client.events.length;
      client.socket.on('message', () => this.heard(client));
      client.socket.on('close', () => this.wake());
      this.dirty = true;
      try {
        await this.follow(client);
      } catch (error) {
        // Whatever was asked on a connection that went is asked again on the next one.
        if (client.socket.readyState === client.socket.OPEN && !this.ended) this.faults.push(String(error));
      }
      client.cut();
      this.client = undefined;
    }
  }

  private async follow(client: TestClient): Promise<void> {
    while (!this.ended && client.socket.readyState === client.socket.OPEN) {
      if (this.dirty) await this.sync(client);
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private heard(client: TestClient): void {
    const { action } = client.events.at(-1) ?? {};
    // Replies are no events.
    if (client.events.length === this.eventsSeen || action === 'typing' || action === 'presence') return;
    this.eventsSeen = client.events.length;
    this.touch();
  }

  private touch(): void {
    this.dirty = true;
    this.wake();
  }

  private async sync(client: TestClient): Promise<void> {
    for (let more = true; more;) {
      // What is told from here on may not be in the answer any more.
      this.dirty = false;
      const page = await client.call('sync', this.token === undefined ? {} : { since: this.token });
      for (const line of page.conversations) {
        this.takeLine(line);
        this.behind.add(line.convId);
      }
      for (const friend of page.friends) keep(this.friends, friend.userId, friend, friend.removed);
      for (const request of page.friendRequests) keep(this.requests, request.id, request, request.state !== 'pending');
      for (const request of page.groupRequests) keep(this.groupRequests, request.id, request, request.state !== 'pending');
      for (const block of page.blocks) keep(this.blocks, block.userId, block, block.removed);
      // A round that is cut goes on where it was.
      [this.token, more] = [page.next, page.hasMore];
    }
    for (const convId of this.behind) {
      await this.catchUp(client, convId);
      this.behind.delete(convId);
    }
  }

  private takeLine(line: Line): void {
    const { convId, groupId } = line;
    if (line.left || line.hidden) {
      this.lines.delete(convId);
      if (groupId !== undefined) this.subscribed.delete(groupId);
    } else this.lines.set(convId, line);
  }

  private async catchUp(client: TestClient, convId: string): Promise<void> {
    const groupId = this.lines.get(convId)?.groupId;
    if (groupId !== undefined && !this.subscribed.has(groupId)) {
      try {
        await client.call('subscribe_group', { groupId });
        this.subscribed.add(groupId);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
    for (;;) {
      const afterSeq = this.positions.get(convId) ?? 0;
      let page: ActionOutput<'entries'>;
      try {
        page = await client.call('entries', { convId, afterSeq, limit: 500 });
      } catch (error) {
        if (isGone(error)) return;
        throw error;
      }
      for (const entry of page.entries) this.takeEntry(convId, entry);
      if (!page.hasMore) return;
    }
  }

  private takeEntry(convId: string, entry: Entry): void {
    this.positions.set(convId, Math.max(this.positions.get(convId) ?? 0, entry.seq));
    const own = this.messages.get(convId) ?? new Map<number, Kept>();
    this.messages.set(convId, own);
    if (entry.kind === 'message') own.set(entry.seq, keptOf(entry));
    if (entry.kind !== 'recalled' && entry.kind !== 'edited') return;
    const target = own.get(entry.targetSeq);
    if (!target || target.recalled) return;
    if (entry.kind === 'recalled') own.set(target.seq, { seq: target.seq, from: target.from, recalled: true });
    else own.set(target.seq, { ...target, payload: entry.payload, editedAt: entry.editedAt });
  }
}

/** A short name for a state. */
export const hashOf = (state: string): string => createHash('sha256').update(state).digest('hex').slice(0, 16);

/** Waits until all replicas have one state, that of a device which asks for everything now; answers that state, or throws with what differs. */
export async function agree(replicas: readonly Replica[], fresh: () => Replica, patienceMs = 30_000): Promise<string> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const truth = fresh().start();
    try {
      while (!truth.settled) await sleep(10);
      const { windows } = truth;
      const [expected, states] = [truth.state(windows), replicas.map((replica) => replica.state(windows))];
      if (states.every((state) => state === expected)) return expected;
      if (Date.now() > deadline) {
        const wrong = states.find((state) => state !== expected) ?? '';
        throw new Error(`a device has another state than a fresh one:\n${differences(wrong, expected)}`);
      }
    } finally {
      await truth.close();
    }
    await sleep(100);
  }
}

function differences(one: string, other: string): string {
  const [mine, theirs] = [new Set(one.split('\n')), new Set(other.split('\n'))];
  const only = (a: Set<string>, b: Set<string>, mark: string) => [...a].filter((line) => !b.has(line)).map((line) => `${mark} ${line}`);
  return [...only(mine, theirs, 'device'), ...only(theirs, mine, 'fresh ')].slice(0, 20).join('\n');
}

function keep<T>(map: Map<string, T>, key: string, value: T, gone: boolean | undefined): void {
  if (gone) map.delete(key);
  else map.set(key, value);
}

function keptOf({ kind: _, ...message }: Entry & { kind: 'message' }): Kept {
  return message.recalled ? { seq: message.seq, from: message.from, recalled: true } : message;
}

const isGone = (error: unknown): boolean => ['NOT_FOUND', 'NOT_GROUP_MEMBER'].includes((error as { code?: string }).code ?? '');

/** JSON with its keys in order. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
