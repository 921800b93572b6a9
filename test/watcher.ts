import type { EventData } from '@app/protocol';
import { type Person, type TestClient, eventually } from '@app/testing';
import { readLog, reconnect } from './follower';

/** What a member is told of who has not subscribed to the group. */
type Nudge = EventData<'conversation'>;

/** The entries of a group that its members are told of. */
const nudging = new Set(['message', 'recalled', 'edited', 'group_updated', 'group_dissolved']);

/**
 * A device that is online, subscribes to nothing and remembers what it is told. When it was cut it comes back and asks `sync`, as every
 * client does, since nudges are not sent again.
 */
export class Watcher {
  readonly nudges: Nudge[] = [];
  /** How often the same was told again. */
  repeated = 0;
  /** How often its connection ended. */
  cuts = 0;
  private readonly heights = new Map<string, number>();
  private client!: TestClient;
  private ended = false;
  private life: Promise<void> = Promise.resolve();

  private constructor(
    readonly person: Person,
    private readonly deviceId: string,
    private readonly urls: readonly string[],
  ) {}

  /** Connects to the first gateway; the others are for when it is away. */
  static async start(person: Person, urls: readonly string[], deviceId = 'watch'): Promise<Watcher> {
    const watcher = new Watcher(person, deviceId, urls);
    watcher.client = await watcher.connect();
    watcher.life = watcher.live();
    return watcher;
  }

  /** What was told of a group. */
  of(convId: string): Nudge[] {
    return this.nudges.filter((nudge) => nudge.convId === convId);
  }

  /** Up to which seq it knows that something was said. */
  height(convId: string): number {
    return this.heights.get(convId) ?? 0;
  }

  /** Returns when everything has arrived that the server sent before. */
  settled(): Promise<void> {
    return this.client.settled();
  }

  async close(): Promise<void> {
    this.ended = true;
    this.client.cut();
    await this.life;
  }

  private async live(): Promise<void> {
    for (;;) {
      await this.client.closed;
      if (this.ended) return;
      this.cuts++;
      this.client = await this.connect();
      await this.catchUp().catch(() => this.client.cut());
    }
  }

  private async connect(): Promise<TestClient> {
    let tries = 0;
    const client = await reconnect(() => this.urls[tries++ % this.urls.length] ?? '', this.person, this.deviceId);
    let next = 0;
    const pump = () => {
      for (; next < client.events.length; next++) {
        const event = client.events[next];
        if (event?.action === 'conversation') this.hear(event.data as Nudge);
      }
    };
    pump();
    client.socket.on('message', pump);
    return client;
  }

  private hear(nudge: Nudge): void {
    const { convId, lastSeq } = nudge;
    if (this.of(convId).some((earlier) => earlier.lastSeq === lastSeq)) this.repeated++;
    this.nudges.push(nudge);
    this.learn(convId, lastSeq);
  }

  private async catchUp(): Promise<void> {
    let since: string | undefined;
    for (let hasMore = true; hasMore;) {
      const page = await this.client.call('sync', since === undefined ? {} : { since });
      for (const { convId, lastSeq } of page.conversations) this.learn(convId, lastSeq);
      ({ next: since, hasMore } = page);
    }
  }

  private learn(convId: string, seq: number): void {
    this.heights.set(convId, Math.max(this.height(convId), seq));
  }
}

/** Waits until each watcher was told of the last of each group that is worth telling, by the logs as they are now. */
export async function expectAllNudged(
  watchers: readonly Watcher[],
  convIds: readonly string[],
  { reader, url, state }: { reader: Person; url: string; state: () => string },
): Promise<void> {
  const client = await reconnect(url, reader, 'reader');
  const last = new Map<string, number>();
  for (const convId of convIds) {
    const log = await readLog(client, convId);
    last.set(convId, log.findLast(({ kind }) => nudging.has(kind))?.seq ?? 0);
  }
  client.cut();
  const missing = () =>
    watchers.flatMap((watcher) =>
      [...last].flatMap(([convId, seq]) => {
        const height = watcher.height(convId);
        return height < seq ? [`${watcher.person.id} knows ${convId} to ${height}, not to ${seq}`] : [];
      }),
    );
  await eventually(
    () => missing().length === 0,
    () => `nudges, ${missing().length} in all: ${missing().slice(0, 5).join('; ')}.\n${state()}`,
  );
}
