import { gatewayTopic } from '@app/fanout';
import { c2cConversation, encodeEvent } from '@app/protocol';
import type { ConversationRef } from '@app/storage';
import { FaultyDatabase, type HubListener, HubWorld } from '@app/testing';

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** The time that a hole is given before the store is read. */
const holeTime = () => new Promise((resolve) => setTimeout(resolve, 70));
const left = (userId: string) => ({ kind: 'member_left', fields: { userId, reason: 'left' } }) as const;
const joined = (userId: string) => ({ kind: 'member_joined', fields: { userId } }) as const;

let world: HubWorld<FaultyDatabase>;
let group: ConversationRef;
let now: number;

beforeEach(async () => {
  now = Date.now();
  world = await HubWorld.open(FaultyDatabase, { clock: { now: () => now } });
  group = await world.conversation('g');
});
afterEach(() => world.close());

/** Waits until the listener heard an entry that is stored now, and answers everything it heard before it. */
async function heardBy(listener: HubListener, ref = group): Promise<number[]> {
  world.bus.fate = () => 1;
  const [last] = await world.say(ref);
  await listener.until(() => listener.seqsOf(ref.name.convId).includes(last ?? 0), `the entry ${last}`);
  return listener.seqsOf(ref.name.convId).slice(0, -1);
}

describe('the order of a group', () => {
  let listener: HubListener;
  beforeEach(async () => {
    listener = await world.connect('alice');
    await world.subscribe(listener, group);
  });

  it('is restored when the bus brings entries in another order', async () => {
    world.bus.fate = () => 'hold';
    await world.say(group, 10);
    world.bus.deliver([3, 1, 0, 2, 9, 8, 7, 6, 5, 4]);
    expect(await heardBy(listener)).toEqual(range(1, 10));
    expect([await world.gaps('yes'), await world.gaps('no')]).toEqual([0, 0]);
  });

  it('has no doubles when the bus brings entries twice', async () => {
    world.bus.fate = () => 2;
    await world.say(group, 10);
    world.bus.fate = () => 'hold';
    await world.say(group, 3);
    world.bus.deliver([0, 1, 0, 2, 1, 2, 0]);
    expect(await heardBy(listener)).toEqual(range(1, 13));
  });

  it('has no hole when the bus loses entries: after 50 ms the store is read, once for the whole hole', async () => {
    const reads = jest.spyOn(world.store.entries, 'after');
    world.bus.fate = (seq) => (seq % 10 === 0 || (seq > 20 && seq < 30) ? 0 : 1);
    await world.say(group, 45);
    const startedAt = performance.now();
    expect(listener.seqs).toEqual([]);
    await listener.until(() => listener.seqs.length === 45, '45 entries');
    expect(performance.now() - startedAt).toBeGreaterThan(45);
    expect(listener.seqs).toEqual(range(1, 45));
    expect(reads).toHaveBeenCalledTimes(1);
    expect(await world.gaps('yes')).toBe(1);
  });

  it('needs no store when the missing entry comes within 50 ms, and is mended again the next time', async () => {
    world.bus.fate = (seq) => (seq === 1 ? 'hold' : 1);
    await world.say(group, 3);
    world.bus.deliver();
    await holeTime();
    expect(listener.seqs).toEqual([1, 2, 3]);
    expect(await world.gaps('yes')).toBe(0);

    world.bus.fate = (seq) => (seq === 4 ? 0 : 1);
    await world.say(group, 3);
    await listener.until(() => listener.seqs.length === 6, 'the second hole');
    expect(listener.seqs).toEqual(range(1, 6));
    expect(await world.gaps('yes')).toBe(1);
  });

  it('holds at most 256 entries behind a hole and reads the others again', async () => {
    world.bus.fate = (seq) => (seq === 1 ? 0 : 1);
    await world.say(group, 700);
    await listener.until(() => listener.seqs.length === 700, '700 entries');
    expect(listener.seqs).toEqual(range(1, 700));
  });

  it('goes on behind what the store itself lacks, and counts it', async () => {
    world.bus.fate = () => 'hold';
    await world.say(group, 6);
    await world.store.database.write((tx) => tx.run('DELETE FROM entries WHERE seq IN (3, 4)'));
    world.bus.deliver([0, 1, 4, 5]);
    await listener.until(() => listener.seqs.length === 4, 'what there is');
    expect(listener.seqs).toEqual([1, 2, 5, 6]);
    expect(await world.gaps('no')).toBe(1);
    expect(await heardBy(listener)).toEqual([1, 2, 5, 6]);
  });

  it('waits for the store when it is down', async () => {
    world.bus.fate = (seq) => (seq === 1 ? 0 : 1);
    await world.say(group, 3);
    world.store.database.down = true;
    await holeTime();
    expect(listener.seqs).toEqual([]);
    world.store.database.down = false;
    await listener.until(() => listener.seqs.length === 3, 'the entries');
    expect(listener.seqs).toEqual([1, 2, 3]);
  });
});

describe('a subscription', () => {
  it('without fromSeq hears what is stored from then on', async () => {
    await world.say(group, 5);
    const listener = await world.connect('alice');
    expect(await world.subscribe(listener, group)).toEqual({ lastSeq: 5, recovered: true });
    await world.say(group, 2);
    expect(await heardBy(listener)).toEqual([6, 7]);
  });

  it('with fromSeq first gets what is missing, from the ring of recent frames or from the store', async () => {
    await world.say(group, 300);
    const first = await world.connect('first');
    await world.subscribe(first, group);
    await world.say(group, 150);
    const reads = jest.spyOn(world.store.entries, 'after');
    const [inRing, inStore] = [await world.connect('ring'), await world.connect('store')];
    expect(await world.subscribe(inRing, group, { fromSeq: 320 })).toEqual({ lastSeq: 450, recovered: true });
    expect(reads).not.toHaveBeenCalled();
    expect(await world.subscribe(inStore, group, { fromSeq: 3 })).toEqual({ lastSeq: 450, recovered: true });
    expect(await heardBy(inRing)).toEqual(range(321, 450));
    expect(await heardBy(inStore)).toEqual(range(4, 451));
    expect(reads).toHaveBeenCalled();
  });

  it('hears only live entries when more than the limit is missing, or when fromSeq is beyond the head', async () => {
    await world.say(group, 20);
    const [exact, beyond, ahead] = [await world.connect('a'), await world.connect('b'), await world.connect('c')];
    expect(await world.subscribe(exact, group, { fromSeq: 10, limit: 10 })).toEqual({ lastSeq: 20, recovered: true });
    expect(await world.subscribe(beyond, group, { fromSeq: 9, limit: 10 })).toEqual({ lastSeq: 20, recovered: false });
    expect(await world.subscribe(ahead, group, { fromSeq: 21, limit: 10 })).toEqual({ lastSeq: 20, recovered: false });
    await world.say(group, 1);
    expect(await heardBy(ahead)).toEqual([21]);
    expect(exact.seqs).toEqual(range(11, 22));
    expect(beyond.seqs).toEqual([21, 22]);
  });

  it('never gets what was said before the member came', async () => {
    await world.say(group, 10);
    const listener = await world.connect('alice');
    expect(await world.subscribe(listener, group, { fromSeq: 2, from: 8 })).toEqual({ lastSeq: 10, recovered: true });
    expect(await heardBy(listener)).toEqual([8, 9, 10]);
  });

  it('that begins while others publish at full speed sees exactly the log', async () => {
    const first = await world.connect('first');
    await world.subscribe(first, group);
    const listeners: HubListener[] = [];
    const publishing = (async () => {
      for (let i = 0; i < 60; i++) await world.say(group, 25);
    })();
    for (let i = 0; i < 20; i++) {
      const listener = await world.connect(`u${i}`);
      listeners.push(listener);
      await world.subscribe(listener, group, i % 2 ? { fromSeq: 0, limit: 5_000 } : {});
      for (let turns = 0; turns < 3; turns++) await turn();
    }
    await publishing;
    await heardBy(first);
    for (const [i, listener] of listeners.entries()) {
      await listener.until(() => listener.seqs.at(-1) === 1_501, 'the last entry');
      expect(listener.seqs).toEqual(range(i % 2 ? 1 : (listener.seqs[0] ?? 0), 1_501));
    }
  });

  it('begins no second stream when it is made again', async () => {
    const listener = await world.connect('alice');
    await world.subscribe(listener, group);
    await world.say(group, 3);
    expect(await world.subscribe(listener, group, { fromSeq: 0 })).toEqual({ lastSeq: 3, recovered: true });
    expect(await heardBy(listener)).toEqual([1, 2, 3]);
    expect(world.hub.subscriptionsOf(listener.box)).toBe(1);
  });

  it('ends with unsubscribe, and with the connection; the topic is given up with the last one', async () => {
    const [a, b] = [await world.connect('a'), await world.connect('b')];
    await world.subscribe(a, group);
    await world.subscribe(b, group);
    await world.say(group, 2);
    world.hub.unsubscribe('group:g', a.box);
    await world.say(group, 1);
    expect(await heardBy(b)).toEqual([1, 2, 3]);
    expect(a.seqs).toEqual([1, 2]);
    expect(world.bus.topics).toContain('group:g');
    world.hub.detach('b', b.box);
    await b.until(() => !world.bus.topics.has('group:g'), 'the end of the topic');
    expect([world.hub.subscriptionsOf(a.box), world.hub.subscriptionsOf(b.box)]).toEqual([0, 0]);
  });

  it('is refused for a connection that is gone, and leaves no topic behind', async () => {
    const listener = await world.connect('alice');
    listener.socket.destroy();
    world.hub.detach('alice', listener.box);
    await expect(world.subscribe(listener, group)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await turn();
    expect([...world.bus.topics]).toEqual([gatewayTopic(world.gatewayId)]);
  });

  it('that is not admitted leaves nothing behind', async () => {
    const listener = await world.connect('alice');
    const refused = world.hub.subscribe(group, listener, () => Promise.reject(new Error('no')), { fromSeq: undefined, limit: 500 });
    await expect(refused).rejects.toThrow('no');
    expect(world.hub.subscriptionsOf(listener.box)).toBe(0);
    await listener.until(() => !world.bus.topics.has('group:g'), 'the end of the topic');
  });

  it('misses nothing that is lost between the topic and its first look at the log', async () => {
    const listener = await world.connect('alice');
    world.bus.fate = (seq) => (seq === 1 ? 0 : 1);
    const admit = async () => {
      await world.say(group, 2);
      return { lastSeq: 0, from: 1 };
    };
    const subscribed = await world.hub.subscribe(group, listener, admit, { fromSeq: undefined, limit: 500 });
    subscribed.start();
    await listener.until(() => listener.seqs.length === 2, 'both entries');
    expect(listener.seqs).toEqual([1, 2]);
  });

  it('misses nothing when hundreds arrive before its first look at the log', async () => {
    const listener = await world.connect('alice');
    const admit = async () => {
      await world.say(group, 600);
      return { lastSeq: 10, from: 1 };
    };
    const subscribed = await world.hub.subscribe(group, listener, admit, { fromSeq: undefined, limit: 500 });
    subscribed.start();
    await listener.until(() => listener.seqs.length === 590, 'all entries');
    expect(listener.seqs).toEqual(range(11, 600));
  });

  it('goes on when the store could not be read for a moment', async () => {
    await world.say(group, 300);
    const listener = await world.connect('alice');
    const admit = async () => ({ lastSeq: 300, from: 1 });
    const subscribed = await world.hub.subscribe(group, listener, admit, { fromSeq: 0, limit: 500 });
    world.store.database.down = true;
    subscribed.start();
    await turn();
    world.store.database.down = false;
    await listener.until(() => listener.seqs.length === 300, 'what was missed');
    expect(await heardBy(listener)).toEqual(range(1, 300));
  });

  it('reads from the store only as its socket drains', async () => {
    await world.say(group, 2_000, 'sender', 'x'.repeat(500));
    const listener = await world.connect('alice');
    listener.stall();
    const reads = jest.spyOn(world.store.entries, 'after');
    await world.subscribe(listener, group, { fromSeq: 0, limit: 5_000 });
    for (let i = 0; i < 50; i++) await turn();
    expect(reads.mock.calls.length).toBeLessThanOrEqual(2);
    expect(listener.overflown).toBe(false);
    listener.flow();
    expect(await heardBy(listener)).toEqual(range(1, 2_000));
    expect(listener.overflown).toBe(false);
  });

  it('shares its socket with others that catch up, without writing more than it takes', async () => {
    const groups = await Promise.all(Array.from({ length: 10 }, (_, i) => world.conversation(`g${i}`)));
    for (const ref of groups) await world.say(ref, 60, 'sender', 'x'.repeat(20_000));
    const listener = await world.connect('alice');
    listener.stall();
    for (const ref of groups) await world.subscribe(listener, ref, { fromSeq: 0 });
    while (listener.frames.length < 600) {
      for (let i = 0; i < 5; i++) await turn();
      listener.flow();
      listener.stall();
    }
    listener.flow();
    expect(listener.overflown).toBe(false);
    for (const ref of groups) expect(listener.seqsOf(ref.name.convId)).toEqual(range(1, 60));
  });
});

describe('membership', () => {
  it('follows the log: right after `member_left` the user hears nothing more, others do', async () => {
    const [alice, phone, bob] = [await world.connect('alice'), await world.connect('alice'), await world.connect('bob')];
    for (const listener of [alice, phone, bob]) await world.subscribe(listener, group);
    // All in one flush, so that the end lies in the middle of one turn.
    await Promise.all([world.say(group, 3), world.append(group, left('alice')), world.say(group, 3)]);
    expect(await heardBy(bob)).toEqual(range(1, 7));
    expect(alice.seqs).toEqual([1, 2, 3, 4]);
    expect(phone.seqs).toEqual([1, 2, 3, 4]);
  });

  it('ends in the same place when the bus lost the entry that ends it', async () => {
    const [alice, bob] = [await world.connect('alice'), await world.connect('bob')];
    for (const listener of [alice, bob]) await world.subscribe(listener, group);
    world.bus.fate = (seq) => (seq === 4 ? 0 : 1);
    await Promise.all([world.say(group, 3), world.append(group, left('alice')), world.say(group, 3)]);
    expect(await heardBy(bob)).toEqual(range(1, 7));
    expect(alice.seqs).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['from the store', 300],
    ['from the ring', 50],
  ])('ends a subscription that catches up %s', async (_, behind) => {
    const keeper = await world.connect('keeper');
    await world.subscribe(keeper, group);
    await Promise.all([world.say(group, 9), world.append(group, left('alice')), world.say(group, behind)]);
    await keeper.until(() => keeper.seqs.length === 10 + behind);
    const alice = await world.connect('alice');
    // As it is when the removal comes between the check of the right and the reading.
    const subscribed = await world.hub.subscribe(group, alice, async () => ({ lastSeq: 5, from: 1 }), { fromSeq: 3, limit: 500 });
    subscribed.start();
    await alice.until(() => alice.seqs.includes(10), 'the entry that ends it');
    await heardBy(keeper);
    expect(alice.seqs).toEqual(range(4, 10));
  });

  it('does not end a new membership with the end of the old one', async () => {
    const [alice, bob] = [await world.connect('alice'), await world.connect('bob')];
    for (const listener of [alice, bob]) await world.subscribe(listener, group);
    await world.say(group, 2);
    world.bus.fate = () => 'hold';
    await world.append(group, left('alice'));
    await world.say(group, 1);
    await world.append(group, joined('alice'));
    await world.say(group, 1);
    // The stream of this gateway still stands before the end of the old membership.
    expect(await world.subscribe(alice, group, { from: 5 })).toEqual({ lastSeq: 6, recovered: true });
    world.bus.deliver();
    await heardBy(bob);
    expect(alice.seqs).toEqual([1, 2, 7]);
    expect(bob.seqs).toEqual(range(1, 7));
  });
});

describe('a c2c conversation', () => {
  let c2c: ConversationRef;
  beforeEach(async () => {
    c2c = await world.conversation(c2cConversation('alice', 'bob'));
  });

  it('is heard once by every connection of both users', async () => {
    const listeners = [
      await world.connect('alice'),
      await world.connect('alice'),
      await world.connect('bob'),
      await world.connect('carol'),
    ];
    await world.say(c2c, 5, 'alice');
    await heardBy(listeners[0] as HubListener, c2c);
    expect(listeners.map(({ seqs }) => seqs)).toEqual([range(1, 6), range(1, 6), range(1, 6), []]);
  });

  it('is heard by whom only one of the two topics reaches', async () => {
    const [alice, bob] = [await world.connect('alice'), await world.connect('bob')];
    world.bus.fate = (_, topic) => (topic === 'user:bob' ? 1 : 0);
    await world.say(c2c, 3);
    await bob.until(() => bob.seqs.length === 3);
    expect(alice.seqs).toEqual([1, 2, 3]);
  });

  it('begins with the first entry heard, if nothing was missed while listening', async () => {
    await world.say(c2c, 5);
    now += 1_000;
    const alice = await world.connect('alice');
    now += 1_000;
    await world.say(c2c, 2);
    expect(await heardBy(alice, c2c)).toEqual([6, 7]);
  });

  it('begins with what was stored since this gateway listens, when the bus lost it', async () => {
    await world.say(c2c, 5);
    now += 1_000;
    const alice = await world.connect('alice');
    now += 1_000;
    world.bus.fate = (seq) => (seq < 9 ? 0 : 1);
    await world.say(c2c, 4);
    await alice.until(() => alice.seqs.length === 4, 'what was lost');
    expect(alice.seqs).toEqual([6, 7, 8, 9]);
  });

  it('begins so too when all that happened in one millisecond', async () => {
    const alice = await world.connect('alice');
    world.bus.fate = (seq) => (seq < 3 ? 0 : 1);
    await world.say(c2c, 3);
    await alice.until(() => alice.seqs.length === 3, 'what was lost');
    expect(alice.seqs).toEqual([1, 2, 3]);
  });

  it('begins so too when the store cannot be read at first', async () => {
    const alice = await world.connect('alice');
    now += 1_000;
    await world.say(c2c, 0);
    world.bus.fate = () => 'hold';
    await world.say(c2c, 3);
    world.store.database.down = true;
    world.bus.deliver([4, 5]);
    await turn();
    world.store.database.down = false;
    await alice.until(() => alice.seqs.length === 3, 'what was lost');
    expect(alice.seqs).toEqual([1, 2, 3]);
  });

  it('does not pass to a user who came back what an earlier stream of theirs still waited for', async () => {
    const first = await world.connect('alice');
    now += 1_000;
    world.bus.fate = () => 'hold';
    await world.say(c2c, 4);
    const { entries } = world.store;
    const missed = await entries.since(c2c, 4, 0, 10);
    let answer: () => void = () => undefined;
    jest.spyOn(entries, 'since').mockReturnValueOnce(new Promise((resolve) => (answer = () => resolve(missed))));
    world.bus.deliver([6, 0]);
    await turn();
    world.hub.detach('alice', first.box);
    now += 1_000;
    const again = await world.connect('alice');
    now += 1_000;
    answer();
    expect(await heardBy(again, c2c)).toEqual([]);
    expect(first.seqs).toEqual([]);
  });

  it('begins anew when nobody listened in between, for either user and in whatever order they went', async () => {
    const alice = await world.connect('alice');
    await world.say(c2c, 2);
    const bob = await world.connect('bob');
    await alice.until(() => alice.seqs.length === 2);
    world.hub.detach('alice', alice.box);
    world.hub.detach('bob', bob.box);
    await world.say(c2c, 3);
    now += 1_000;
    const again = await world.connect('alice');
    now += 1_000;
    await world.say(c2c, 1);
    await holeTime();
    expect(again.seqs).toEqual([6]);
    expect(alice.seqs).toEqual([1, 2]);
  });

  it('has no doubles when its users come back while a hole is being mended', async () => {
    const alice = await world.connect('alice');
    await world.say(c2c, 2);
    world.bus.fate = (seq) => (seq === 3 ? 0 : 1);
    await world.say(c2c, 2);
    world.hub.detach('alice', alice.box);
    now += 1_000;
    const again = await world.connect('alice');
    now += 1_000;
    await world.say(c2c, 2);
    await holeTime();
    expect(await heardBy(again, c2c)).toEqual([5, 6]);
  });

  it('forgets its place after ten idle minutes, and finds it again without reading what was heard', async () => {
    jest.useFakeTimers({
      doNotFake: [
        'setTimeout',
        'setImmediate',
        'nextTick',
        'queueMicrotask',
        'performance',
        'Date',
        'hrtime',
        'clearTimeout',
        'clearImmediate',
      ],
    });
    const own = await HubWorld.open(FaultyDatabase, { clock: { now: () => now } });
    try {
      const ref = await own.conversation(c2cConversation('alice', 'bob'));
      const alice = await own.connect('alice');
      now += 1_000;
      await own.say(ref, 3);
      await alice.until(() => alice.seqs.length === 3);
      now += 11 * 60_000;
      jest.advanceTimersByTime(60_000);
      const since = jest.spyOn(own.store.entries, 'since');
      await own.say(ref, 1);
      await alice.until(() => alice.seqs.length === 4);
      expect(since).not.toHaveBeenCalled();

      now += 11 * 60_000;
      jest.advanceTimersByTime(60_000);
      own.bus.fate = (seq) => (seq === 5 ? 0 : 1);
      await own.say(ref, 1);
      now += 1_000;
      await own.say(ref, 1);
      await alice.until(() => alice.seqs.length === 6, 'what was lost meanwhile');
      expect(alice.seqs).toEqual(range(1, 6));
      expect(since).toHaveBeenCalledTimes(1);
    } finally {
      jest.useRealTimers();
      await own.close();
    }
  });
});

describe('words about a user', () => {
  it('reach every connection of the user, and no one else', async () => {
    const listeners = [await world.connect('alice'), await world.connect('alice'), await world.connect('bob')];
    world.hub.publishState('alice', 'read', { convId: 'group:g', readSeq: 3, unread: 0 });
    await (listeners[1] as HubListener).until(() => listeners[1]?.frames.length === 1);
    const frames = [{ action: 'read', data: { convId: 'group:g', readSeq: 3, unread: 0 } }];
    expect(listeners.map((listener) => listener.frames)).toEqual([frames, frames, []]);
  });

  it('from gateway to gateway reach no socket', async () => {
    const heard: unknown[] = [];
    const alice = await world.connect('alice');
    world.hub.listenDevices((userId, head) => heard.push([userId, head]));
    world.hub.publishDevice('alice', { kind: 'device_replaced', connectionId: 's' });
    world.hub.publishDevice('bob', { kind: 'device_replaced', connectionId: 't' });
    await turn();
    expect(heard).toEqual([['alice', { kind: 'device_replaced', connectionId: 's' }]]);
    expect(alice.frames).toEqual([]);
  });

  it('that a session has ended are heard whether or not the user is here, and only where they belong', async () => {
    const heard: unknown[] = [];
    const alice = await world.connect('alice');
    await world.hub.listenRevoked((userId, sessionId) => heard.push([userId, sessionId]));
    world.hub.publishRevoked('alice', 's');
    world.hub.publishRevoked('bob', 't');
    const head = { kind: 'session_revoked', userId: 'bob', sessionId: 'u' } as const;
    const odd = [{ userId: 5 }, { userId: undefined }, { sessionId: null }, { sessionId: 'x'.repeat(65) }];
    for (const more of odd) world.bus.publish('sessions', { head: { ...head, ...more } as never, body: Buffer.alloc(0) });
    world.bus.publish('user:alice', { head, body: Buffer.alloc(0) });
    await turn();
    expect(heard).toEqual([
      ['alice', 's'],
      ['bob', 't'],
    ]);
    expect(alice.frames).toEqual([]);
  });

  it('are heard by nobody once the user has no connection', async () => {
    const alice = await world.connect('alice');
    world.hub.detach('alice', alice.box);
    world.hub.detach('alice', alice.box);
    await alice.until(() => !world.bus.topics.has('user:alice'), 'the end of the topic');
    world.hub.publishState('alice', 'read', {});
    await turn();
    expect(alice.frames).toEqual([]);
  });
});

describe('a nudge', () => {
  const event = (lastSeq: number) => encodeEvent('conversation', { convId: 'group:g', lastSeq, lastMessage: null });
  const head = (...userIds: string[]) => ({ kind: 'nudge' as const, convId: 'group:g', userIds });
  const nudged = (listener: HubListener) => listener.frames.map(({ data }) => (data as { lastSeq: number }).lastSeq);

  it('reaches the connections of the users it names that do not hear the group, and no others', async () => {
    const [phone, laptop, bob, cem] = [
      await world.connect('alice'),
      await world.connect('alice'),
      await world.connect('bob'),
      await world.connect('cem'),
    ];
    await world.subscribe(laptop, group);
    world.hub.nudge(world.gatewayId, head('alice', 'bob', 'nobody'), event(7));
    await turn();
    expect([phone, laptop, bob, cem].map(nudged)).toEqual([[7], [], [7], []]);
    world.hub.unsubscribe('group:g', laptop.box);
    world.hub.nudge(world.gatewayId, head('alice'), event(8));
    await turn();
    expect([phone, laptop].map(nudged)).toEqual([[7, 8], [8]]);
  });

  it('for another gateway is not heard here, nor one that is none', async () => {
    const alice = await world.connect('alice');
    world.hub.nudge('another', head('alice'), event(1));
    const wrong = [undefined, 'alice', [7]] as unknown as string[][];
    for (const userIds of wrong) world.hub.nudge(world.gatewayId, { ...head(), userIds }, event(2));
    world.hub.nudge(world.gatewayId, head('alice'), event(3));
    await turn();
    expect(nudged(alice)).toEqual([3]);
  });
});
