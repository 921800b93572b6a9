import type { ActionOutput, Block, Friend, FriendRequest } from '@app/protocol';
import { type Person, type Seeded, type TestClient, World, withSeed } from '@app/testing';

const steps = 120;
const hour = 3_600_000;
/** A token reaches ten seconds back: steps are further apart, so that no sync is right only because it repeats the one before. */
const stepMs = 11_000;

type Page = ActionOutput<'sync'>;

/** What a device knows of people that has never asked for everything but once. */
class Device {
  private readonly friends = new Map<string, Friend>();
  private readonly requests = new Map<string, FriendRequest>();
  private readonly blocks = new Map<string, Block>();
  private token: string | undefined;

  constructor(
    readonly person: Person,
    readonly client: TestClient,
  ) {}

  /** Asks for what changed. Answers the text of what it was told. */
  async sync(): Promise<string> {
    const told: Page[] = [];
    for (let more = true; more;) {
      const page = await this.client.call('sync', this.token === undefined ? {} : { since: this.token });
      told.push(page);
      this.token = page.next;
      more = page.hasMore;
    }
    for (const page of told) {
      for (const friend of page.friends) put(this.friends, friend.userId, friend, friend.removed);
      for (const block of page.blocks) put(this.blocks, block.userId, block, block.removed);
      for (const request of page.friendRequests) put(this.requests, request.id, request, request.state !== 'pending');
    }
    return JSON.stringify(told);
  }

  /** What it shows at a time. */
  shown(now: number) {
    const requests = [...this.requests.values()].filter(({ expiresAt }) => expiresAt > now);
    return { friends: sorted(this.friends.values()), requests: sorted(requests), blocks: sorted(this.blocks.values()) };
  }
}

function put<T>(into: Map<string, T>, key: string, value: T, gone: boolean | undefined): void {
  if (gone) into.delete(key);
  else into.set(key, value);
}

const sorted = (items: Iterable<unknown>): string[] => [...items].map((item) => JSON.stringify(item)).sort();

describe('a device that only hears what changed', () => {
  let world: World;
  let offsetMs = 0;

  beforeAll(async () => {
    world = await World.start({ friendRequestDays: 1 }, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterAll(() => world.close());

  const request = (method: string, path: string, by: Person, body?: unknown) => world.request(method, path, body, by);
  const list = async <T>(path: string, name: string, by: Person): Promise<T[]> =>
    (await world.get<Record<string, T[]>>(path, by)).body[name] ?? [];
  const blocksOf = (by: Person) => list<Block>('/api/blocks', 'blocks', by);
  const listed = async (by: Person) => ({
    friends: sorted(await list('/api/friends', 'friends', by)),
    requests: sorted([
      ...(await list<FriendRequest>('/api/friends/requests?direction=in', 'requests', by)),
      ...(await list<FriendRequest>('/api/friends/requests?direction=out', 'requests', by)),
    ]),
    blocks: sorted(await blocksOf(by)),
  });

  /** Something that one does about another, whether it is possible or not. */
  async function step(random: Seeded, by: Person, other: Person, requestIds: Set<string>, words: string): Promise<void> {
    const id = requestIds.size > 0 ? random.pick([...requestIds]) : 'none';
    const answer = await random.pick([
      () => request('POST', '/api/friends', by, { friendId: other.id, message: words, remark: words }),
      () => request('POST', '/api/friends', by, { friendId: other.id }),
      () => request('POST', `/api/friends/requests/${id}/accept`, by),
      () => request('POST', `/api/friends/requests/${id}/reject`, by),
      () => request('DELETE', `/api/friends/requests/${id}`, by),
      () => request('PUT', `/api/friends/${other.id}`, by, { remark: random.chance(0.5) ? words : null }),
      () => request('DELETE', `/api/friends/${other.id}`, by),
      () => request('POST', '/api/blocks', by, { userId: other.id }),
      () => request('DELETE', `/api/blocks/${other.id}`, by),
      () => request('DELETE', `/api/blocks/${other.id}`, by),
    ])();
    expect([200, 201, 400, 403, 404, 409]).toContain(answer.status);
    const { state, id: made } = answer.body as { state?: string; id?: string };
    if (state !== undefined && made !== undefined) requestIds.add(made);
  }

  it('knows what one knows that asks for everything, whatever users do about each other', async () => {
    await withSeed(async (random) => {
      const people = await Promise.all(['ada', 'bob', 'cem'].map((name) => world.person(name)));
      const devices = await Promise.all(people.map(async (person) => new Device(person, await world.connect(person))));
      const requestIds = new Set<string>();
      /** What somebody said while they were blocked, and the block that stood then. */
      const unheard: { readonly blocker: string; readonly block: Block; readonly words: string }[] = [];
      for (let i = 0; i < steps; i++) {
        offsetMs += random.chance(0.05) ? 9 * hour : stepMs;
        const by = random.pick(people);
        const other = random.pick(people.filter((person) => person !== by));
        const words = `<${i}>`;
        const block = (await blocksOf(other)).find(({ userId }) => userId === by.id);
        if (block) unheard.push({ blocker: other.id, block, words });
        await step(random, by, other, requestIds, words);
        // Some devices are away for a while.
        for (const device of devices.filter(() => random.chance(0.4))) await check(device);
      }
      for (const device of devices) await check(device);

      async function check(device: Device): Promise<void> {
        const told = await device.sync();
        const fresh = new Device(device.person, device.client);
        await fresh.sync();
        const now = Date.now() + offsetMs;
        const shown = device.shown(now);
        expect(shown).toEqual(fresh.shown(now));
        expect(shown).toEqual(await listed(device.person));
        const blocks = await blocksOf(device.person);
        for (const { blocker, block, words } of unheard) {
          const stands = blocker === device.person.id && blocks.some((one) => JSON.stringify(one) === JSON.stringify(block));
          if (stands) expect(told).not.toContain(words);
        }
        const asked = await list<FriendRequest>('/api/friends/requests?direction=in', 'requests', device.person);
        expect(asked.filter(({ from }) => blocks.some(({ userId }) => userId === from))).toEqual([]);
      }
    });
  }, 120_000);
});
