import type { Group } from '@app/protocol';
import { type Answer, type Person, Refused, type TestClient, World } from '@app/testing';

const minute = 60_000;
const hour = 60 * minute;

describe('slow mode', () => {
  let world: World;
  let people = 0;
  let now = Date.now();

  beforeAll(async () => {
    world = await World.start({ editWindowSeconds: 86_400 }, { clock: { now: () => now } });
  });
  afterAll(() => world.close());

  const someone = (name: string) => world.person(`${name}-${++people}`);
  const set = (groupId: string, minSecondsBetweenMessages: number, by: Person) =>
    world.request<Group>('PUT', `/api/groups/${groupId}`, { minSecondsBetweenMessages }, by);
  const setRole = (groupId: string, { id }: Person, role: string, by: Person) =>
    world.request('PUT', `/api/groups/${groupId}/members/${id}`, { role }, by);
  const post = (groupId: string, clientMsgId: string, by: Person): Promise<Answer> =>
    world.post('/api/messages', { groupId, type: 'text', payload: { text: clientMsgId }, clientMsgId }, by);

  /** A group of ada, who owns it, and bob, who has just written as its slow mode of an hour allows. */
  async function slowGroup() {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    const groupId = await world.group(ada, [bob]);
    await set(groupId, 3600, ada);
    const [a, b] = [await world.connect(ada), await world.connect(bob)];
    const { seq } = await b.say({ groupId }, 'first', 'first');
    return { ada, bob, a, b, groupId, seq };
  }

  /** How a send ended: its seq, or how long it shall wait. */
  async function ending(sent: ReturnType<TestClient['say']>): Promise<unknown> {
    try {
      const { seq, duplicate } = await sent;
      return duplicate ? `duplicate of ${seq}` : seq;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.code === 'RATE_LIMIT' ? { retryAfterMs: error.body.retryAfterMs, convId: error.body.convId } : error.code;
    }
  }
  const wait = (groupId: string, retryAfterMs: number) => ({ retryAfterMs, convId: `group:${groupId}` });

  it('lets a member write once in its time, over the socket and over REST, and says how long is left', async () => {
    const { bob, b, groupId, seq } = await slowGroup();
    now += minute;
    expect(await ending(b.say({ groupId }, 'second'))).toEqual(wait(groupId, hour - minute));
    const refused = await post(groupId, 'second', bob);
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMIT', ...wait(groupId, hour - minute) } });
    expect(refused.headers.get('retry-after')).toBe('3540');
    now += hour - minute - 1;
    expect(await ending(b.say({ groupId }, 'second'))).toEqual(wait(groupId, 1));
    now += 1;
    expect((await post(groupId, 'second', bob)).body).toMatchObject({ seq: seq + 1 });
    expect(await ending(b.say({ groupId }, 'third'))).toEqual(wait(groupId, hour));
  });

  it('is the same for each of them, and for all of their devices', async () => {
    const { ada, bob, groupId, seq } = await slowGroup();
    const cy = await someone('cy');
    await world.post(`/api/groups/${groupId}/members`, { userIds: [cy.id] }, ada);
    const [other, c] = [await world.connect(bob, { deviceId: 'other' }), await world.connect(cy)];
    expect(await ending(other.say({ groupId }, 'second'))).toEqual(wait(groupId, hour));
    expect(await ending(c.say({ groupId }, 'hello'))).toBe(seq + 2);
  });

  it('takes the first of several that are sent at once', async () => {
    const { b, groupId, seq } = await slowGroup();
    now += hour;
    const limited = world.metrics.rateLimited;
    const refusals = async () => (await limited.get()).values.find(({ labels }) => labels.limit === 'slow_mode')?.value ?? 0;
    const before = await refusals();
    const sends = ['1', '2', '3'].map((text) => ending(b.say({ groupId }, text)));
    expect(await Promise.all(sends)).toEqual([seq + 1, wait(groupId, hour), wait(groupId, hour)]);
    expect((await refusals()) - before).toBe(2);
  });

  it('acks a retry of what is stored, and stores nothing twice', async () => {
    const { b, groupId, seq } = await slowGroup();
    expect(await ending(b.say({ groupId }, 'first', 'first'))).toBe(`duplicate of ${seq}`);
    expect(await ending(b.call('send', { groupId, type: 'text', payload: { text: 'first' }, clientMsgId: 'first', replyTo: 999 }))).toBe(
      `duplicate of ${seq}`,
    );
  });

  it('refuses one message and nothing else: what a connection sends elsewhere, and later, is stored', async () => {
    const { ada, b, groupId, seq } = await slowGroup();
    const [refused, elsewhere, retried] = [
      b.say({ groupId }, 'too early'),
      b.say({ to: ada.id }, 'hi'),
      b.say({ groupId }, 'first', 'first'),
    ];
    expect(await ending(refused)).toEqual(wait(groupId, hour));
    expect(await ending(elsewhere)).toBe(1);
    expect(await ending(retried)).toBe(`duplicate of ${seq}`);
    now += hour;
    expect(await ending(b.say({ groupId }, 'in time'))).toBe(seq + 1);
  });

  it('holds for messages of every sort, with mentions and replies too, and for nothing but messages', async () => {
    const { ada, b, groupId, seq } = await slowGroup();
    const more = { type: 'image' as const, payload: {}, mentions: [ada.id], replyTo: seq };
    expect(await ending(b.call('send', { groupId, ...more, clientMsgId: 'image' }))).toEqual(wait(groupId, hour));
    await b.call('edit', { groupId, seq, payload: { text: 'first, edited' } });
    await b.call('typing', { groupId, typing: true });
    now += minute;
    await b.call('recall', { groupId, seq });
    // Who takes a message back has sent it all the same.
    expect(await ending(b.say({ groupId }, 'instead'))).toEqual(wait(groupId, hour - minute));
  });

  it('does not hold for the owner and admins, from when on they are that', async () => {
    const { ada, bob, a, b, groupId, seq } = await slowGroup();
    for (const more of [1, 2, 3]) expect(await ending(a.say({ groupId }, 'word'))).toBe(seq + more);
    await setRole(groupId, bob, 'admin', ada);
    for (const more of [5, 6]) expect(await ending(b.say({ groupId }, 'word'))).toBe(seq + more);
    now += minute;
    await setRole(groupId, bob, 'member', ada);
    expect(await ending(b.say({ groupId }, 'word'))).toEqual(wait(groupId, hour - minute));
  });

  it('counts what was sent before it began, and what was sent lately when it changes or ends', async () => {
    const [ada, bob] = [await someone('ada'), await someone('bob')];
    const groupId = await world.group(ada, [bob]);
    const b = await world.connect(bob);
    for (const text of ['1', '2', '3']) await b.say({ groupId }, text);
    now += minute;
    await set(groupId, 3600, ada);
    expect(await ending(b.say({ groupId }, '4'))).toEqual(wait(groupId, hour - minute));
    await set(groupId, 90, ada);
    expect(await ending(b.say({ groupId }, '4'))).toEqual(wait(groupId, 30_000));
    await set(groupId, 60, ada);
    expect(await ending(b.say({ groupId }, '4'))).toEqual(expect.any(Number));
    expect(await ending(b.say({ groupId }, '5'))).toEqual(wait(groupId, minute));
    await set(groupId, 0, ada);
    expect(await ending(b.say({ groupId }, '5'))).toEqual(expect.any(Number));
    expect(await ending(b.say({ groupId }, '6'))).toEqual(expect.any(Number));
  });

  it('is not left behind by leaving and coming back', async () => {
    const { ada, bob, b, groupId } = await slowGroup();
    await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
    await world.post(`/api/groups/${groupId}/join`, undefined, bob);
    now += minute;
    expect(await ending(b.say({ groupId }, 'again'))).toEqual(wait(groupId, hour - minute));
    await world.request('DELETE', `/api/groups/${groupId}/members/${bob.id}`, undefined, ada);
    await world.post(`/api/groups/${groupId}/members`, { userIds: [bob.id] }, ada);
    expect(await ending(b.say({ groupId }, 'again'))).toEqual(wait(groupId, hour - minute));
  });

  it('is a setting of the group that the owner and admins change, and everybody in it sees', async () => {
    const [ada, bob, cy] = [await someone('ada'), await someone('bob'), await someone('cy')];
    const groupId = await world.group(ada, [bob, cy]);
    await setRole(groupId, bob, 'admin', ada);
    const c = await world.connect(cy);
    await c.call('subscribe_group', { groupId });
    const seen = async () => {
      const { body } = await world.get<Group>(`/api/groups/${groupId}`, cy);
      const { conversations } = await c.call('sync', {});
      return [body.minSecondsBetweenMessages, conversations[0]?.minSecondsBetweenMessages];
    };
    expect(await seen()).toEqual([0, 0]);
    expect((await set(groupId, 30, bob)).body).toMatchObject({ minSecondsBetweenMessages: 30 });
    expect(await c.next('entry')).toMatchObject({ kind: 'group_updated', from: bob.id, minSecondsBetweenMessages: 30 });
    expect(await seen()).toEqual([30, 30]);
    expect(World.codeOf(await set(groupId, 0, cy))).toBe('FORBIDDEN');
    for (const seconds of [-1, 1.5, 86_401]) expect(World.codeOf(await set(groupId, seconds, ada))).toBe('BAD_REQUEST');
    expect(await seen()).toEqual([30, 30]);
  });
});
