import { c2cConversation } from '@app/protocol';
import type { ConversationRef } from '@app/storage';
import { FaultyDatabase, type HubListener, HubWorld, withSeed } from '@app/testing';

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const turn = () => new Promise((resolve) => setImmediate(resolve));
const sweepMs = 40;

/** Two gateways on one store: what is said at `far` comes to `near` by the bus, which a test may trouble, or not at all. */
let near: HubWorld<FaultyDatabase>;
let far: HubWorld<FaultyDatabase>;
let offsetMs: number;

beforeEach(async () => {
  offsetMs = 0;
  near = await HubWorld.open(FaultyDatabase, { clock: { now: () => Date.now() + offsetMs }, sweepMs });
  far = await near.beside();
});
afterEach(() => near.close());

const loseAll = (): void => void (far.bus.fate = () => 0);

async function heard(listener: HubListener, last: number, ref?: ConversationRef): Promise<number[]> {
  const seqs = () => (ref ? listener.seqsOf(ref.name.convId) : listener.seqs);
  await listener.until(() => seqs().includes(last), `the entry ${last}`);
  return seqs();
}

describe('a group of which the bus lost the last words', () => {
  it('is heard to its end all the same', async () => {
    const group = await near.conversation('g');
    const alice = await near.connect('alice');
    await near.subscribe(alice, group);
    await far.say(group, 3);
    loseAll();
    await far.say(group, 300);
    expect(await heard(alice, 303)).toEqual(range(1, 303));
  });

  it('ends for a member at the entry that ends the membership, whatever the bus lost', async () => {
    const group = await near.conversation('g');
    const [alice, bob] = [await near.connect('alice'), await near.connect('bob')];
    for (const listener of [alice, bob]) await near.subscribe(listener, group);
    loseAll();
    await far.say(group, 2);
    await far.append(group, { kind: 'member_left', fields: { userId: 'alice', reason: 'removed' } });
    await far.say(group, 3);
    expect(await heard(bob, 6)).toEqual(range(1, 6));
    expect(alice.seqs).toEqual([1, 2, 3]);
  });

  it('is read by nobody who hears it in time', async () => {
    const group = await near.conversation('g');
    const alice = await near.connect('alice');
    await near.subscribe(alice, group);
    const reads = jest.spyOn(near.store.entries, 'after');
    for (let i = 0; i < 100; i++) {
      await far.say(group, 3);
      await turn();
    }
    expect(await heard(alice, 300)).toEqual(range(1, 300));
    expect(reads).not.toHaveBeenCalled();
  });
});

describe('a subscription', () => {
  let group: ConversationRef;
  beforeEach(async () => {
    group = await near.conversation('g');
  });

  it('shows nothing of a message whose recall the bus lost', async () => {
    const other = await near.connect('other');
    await near.subscribe(other, group);
    await far.say(group, 3);
    await heard(other, 3);
    loseAll();
    await far.store.log.change(group, async (change) => {
      const row = await far.store.entries.one(group, 2, change);
      if (row) await far.store.entries.recall(change, group, [row], change.now);
      change.append('sender', { kind: 'recalled', fields: { targetSeq: 2 } });
    });
    const alice = await near.connect('alice');
    expect((await near.subscribe(alice, group, { fromSeq: 0 })).lastSeq).toBe(4);
    expect(await heard(alice, 4)).toEqual([1, 2, 3, 4]);
    const payloads = alice.frames.map(({ data }) => (data as { payload?: unknown }).payload);
    expect(payloads).toEqual([{ text: 'hello' }, undefined, { text: 'hello' }, undefined]);
  });

  it('that was acked to a member who came back goes on, although the first one was still catching up', async () => {
    await near.say(group, 300, 'sender', 'x'.repeat(2_000));
    const [alice, other] = [await near.connect('alice'), await near.connect('other')];
    await near.subscribe(other, group);
    alice.stall();
    await near.subscribe(alice, group, { fromSeq: 0 });
    await alice.until(() => alice.box.behind, 'the socket to be full');
    await near.append(group, { kind: 'member_left', fields: { userId: 'alice', reason: 'removed' } });
    const from = await near.append(group, { kind: 'member_joined', fields: { userId: 'alice' } }, 'alice');
    expect(await near.subscribe(alice, group, { fromSeq: from - 1, from })).toMatchObject({ recovered: true });
    alice.flow();
    const [last = 0] = await near.say(group, 1);
    expect((await heard(alice, last)).slice(-2)).toEqual([from, last]);
  });

  it.each([{ seq: 1e15 }, { seq: undefined }, { seq: 'x' }, { seq: -1 }, { prevAt: null }])(
    'goes on after something on the bus that is no entry of its log: %j',
    async (wrong) => {
      const alice = await near.connect('alice');
      await near.subscribe(alice, group);
      await far.say(group, 2);
      await heard(alice, 2);
      const head = { kind: 'entry', convId: 'group:g', seq: 3, at: 1, prevAt: 1, ...wrong };
      far.bus.publish('group:g', { head: head as never, body: Buffer.from('{}') });
      await far.say(group, 3);
      expect(await heard(alice, 5)).toEqual([1, 2, 3, 4, 5]);
      expect(await near.gaps('no')).toBe(0);
    },
  );
});

it('takes no entry of a conversation from the topic of another', async () => {
  const [group, other] = [await near.conversation('g'), await near.conversation('other')];
  const alice = await near.connect('alice');
  for (const ref of [group, other]) await near.subscribe(alice, ref);
  const head = { kind: 'entry', convId: 'group:g', seq: 1, at: 1, prevAt: 0 } as const;
  far.bus.publish('group:other', { head, body: Buffer.from([0x81, 0x0f, ...Buffer.from('{"action":"no"}')]) });
  await far.say(group, 1);
  await heard(alice, 1, group);
  expect(alice.frames.map(({ action }) => action)).toEqual(['message']);
});

describe('a c2c', () => {
  let c2c: ConversationRef;
  beforeEach(async () => {
    c2c = await near.conversation(c2cConversation('alice', 'bob'));
  });

  it('is heard although the bus lost all of it', async () => {
    const alice = await near.connect('alice');
    loseAll();
    await far.say(c2c, 5);
    expect(await heard(alice, 5)).toEqual(range(1, 5));
  });

  it('is not heard again by who comes right after something was said', async () => {
    await far.say(c2c, 5);
    const alice = await near.connect('alice');
    await far.say(c2c, 2);
    expect(await heard(alice, 7)).toEqual([6, 7]);
    loseAll();
    await far.say(c2c, 1);
    expect(await heard(alice, 8)).toEqual([6, 7, 8]);
  });

  it('is heard from the arrival on although its entries bear an earlier time', async () => {
    await far.say(c2c, 2);
    const alice = await near.connect('alice');
    loseAll();
    offsetMs -= 5_000;
    await far.say(c2c, 2);
    offsetMs += 5_000;
    expect(await heard(alice, 4)).toEqual([3, 4]);
  });

  it('is heard after the clock of the store went back', async () => {
    const alice = await near.connect('alice');
    await far.say(c2c, 1);
    offsetMs -= 3_600_000;
    loseAll();
    await far.say(c2c, 2);
    expect(await heard(alice, 3)).toEqual([1, 2, 3]);
  });

  /** Lets a read of where conversations stand be made, and its answer wait until it is let go. */
  function holdArrival(): { readonly asked: Promise<void>; readonly answer: () => void } {
    const { conversations } = near.store;
    const read = conversations.recentC2cs.bind(conversations);
    let answer: () => void = () => undefined;
    const gate = new Promise<void>((go) => (answer = go));
    const asked = new Promise<void>((resolve) => {
      jest.spyOn(conversations, 'recentC2cs').mockImplementationOnce(async (...args) => {
        const heads = await read(...args);
        resolve();
        await gate;
        return heads;
      });
    });
    return { asked, answer };
  }

  it('waits for nothing but the reading of where it stands', async () => {
    await near.say(c2c, 3);
    const { asked, answer } = holdArrival();
    const arriving = near.connect('alice');
    await asked;
    far.bus.fate = (seq) => (seq === 4 ? 0 : 1);
    await far.say(c2c, 3);
    answer();
    const alice = await arriving;
    expect(await heard(alice, 6)).toEqual([4, 5, 6]);
  });

  it('is not kept from a user who is there by a partner who arrives', async () => {
    // Without sweeps: one would begin the stream before the partner comes.
    const own = await HubWorld.open(FaultyDatabase, { clock: { now: () => Date.now() + offsetMs }, sweepMs: 3_600_000 });
    try {
      const ref = await own.conversation(c2cConversation('alice', 'bob'));
      offsetMs = -7_200_000;
      await own.say(ref, 2);
      offsetMs = 0;
      const bob = await own.connect('bob');
      // What is said while alice arrives is stored before it is read where the conversation stands.
      const { conversations } = own.store;
      const read = conversations.recentC2cs.bind(conversations);
      jest.spyOn(conversations, 'recentC2cs').mockImplementationOnce(async (...args) => {
        await own.say(ref, 1);
        return read(...args);
      });
      const alice = await own.connect('alice');
      await own.say(ref, 1);
      expect(await heard(bob, 4)).toEqual([3, 4]);
      expect(await heard(alice, 4)).toEqual([3, 4]);
    } finally {
      await own.close();
    }
  });

  it.each<[string, () => number | 'hold', () => void]>([
    ['that the bus lost', () => 0, () => undefined],
    ['that is still on its way', () => 'hold', () => far.bus.deliver()],
  ])('is not kept from a user by a partner who comes here after a word %s', async (_, fate, arrives) => {
    const alice = await near.connect('alice');
    const own = await near.conversation(c2cConversation('alice', 'zoe'));
    far.bus.fate = fate;
    await far.say(own, 1, 'zoe');
    await near.connect('zoe');
    arrives();
    expect(await heard(alice, 1)).toEqual([1]);
  });

  it('misses none of its large messages at a first sight', async () => {
    const alice = await near.connect('alice');
    // Made after she came: where it stood then is not known.
    const own = await near.conversation(c2cConversation('alice', 'zoe'));
    loseAll();
    await far.say(own, 20, 'zoe', 'x'.repeat(30_000));
    expect(await heard(alice, 20)).toEqual(range(1, 20));
  });

  it('begins where the first of its users came, when both arrive', async () => {
    await near.say(c2c, 2);
    const first = holdArrival();
    const bob = near.connect('bob');
    await first.asked;
    await far.say(c2c, 1);
    const alice = await near.connect('alice');
    loseAll();
    await far.say(c2c, 1);
    first.answer();
    expect(await heard(await bob, 4)).toEqual([3, 4]);
    expect(await heard(alice, 4)).toEqual([3, 4]);
  });

  it('is heard again from a while ago when it cannot be read where it stands', async () => {
    await near.say(c2c, 2);
    jest.spyOn(near.store.conversations, 'recentC2cs').mockRejectedValueOnce(new Error('the store is away'));
    const alice = await near.connect('alice');
    await far.say(c2c, 1);
    expect(await heard(alice, 3)).toEqual([1, 2, 3]);
  });

  it('is heard by a user whose partner has come and gone meanwhile', async () => {
    const alice = await near.connect('alice');
    const bob = await near.connect('bob');
    await far.say(c2c, 1);
    await heard(bob, 1);
    near.hub.detach('bob', bob.box);
    loseAll();
    await far.say(c2c, 2);
    expect(await heard(alice, 3)).toEqual([1, 2, 3]);
    expect(bob.seqs).toEqual([1]);
  });

  it('costs one reading for all who arrive in one turn', async () => {
    const reads = jest.spyOn(near.store.conversations, 'recentC2cs');
    await far.say(c2c, 3);
    const listeners = await Promise.all(['alice', 'bob', 'carol', 'dave'].map((name) => near.connect(name)));
    await far.say(c2c, 1);
    await heard(listeners[0] as HubListener, 4);
    await heard(listeners[1] as HubListener, 4);
    expect(listeners.map(({ seqs }) => seqs)).toEqual([[4], [4], [], []]);
    expect(reads).toHaveBeenCalledTimes(1);
  });
});

describe('a sweep', () => {
  it('brings by itself the first words of a c2c that was there, and empty, when its user came', async () => {
    await near.close();
    // The next one is far away.
    near = await HubWorld.open(FaultyDatabase, { sweepMs: 3_600_000 });
    far = await near.beside();
    const c2c = await near.conversation(c2cConversation('alice', 'bob'));
    const alice = await near.connect('alice');
    loseAll();
    await far.say(c2c, 2);
    near.bus.linkIs(false);
    near.bus.linkIs(true);
    expect(await heard(alice, 2)).toEqual([1, 2]);
  });

  it('comes at once when the link of the bus is back', async () => {
    const rare = await HubWorld.open(FaultyDatabase, { sweepMs: 3_600_000 });
    try {
      const other = await rare.beside();
      const group = await rare.conversation('g');
      const alice = await rare.connect('alice');
      await rare.subscribe(alice, group);
      rare.bus.linkIs(false);
      expect(rare.hub.busUp).toBe(false);
      other.bus.fate = () => 0;
      await other.say(group, 3);
      rare.bus.linkIs(true);
      expect(await heard(alice, 3)).toEqual([1, 2, 3]);
      expect(rare.hub.busUp).toBe(true);
    } finally {
      await rare.close();
    }
  });

  it('goes on after the store was away', async () => {
    const group = await near.conversation('g');
    const alice = await near.connect('alice');
    await near.subscribe(alice, group);
    loseAll();
    await far.say(group, 2);
    near.store.database.down = true;
    await new Promise((resolve) => setTimeout(resolve, 3 * sweepMs));
    near.store.database.down = false;
    expect(await heard(alice, 2)).toEqual([1, 2]);
  });

  it('finds what changed in more conversations than one page holds', async () => {
    const alice = await near.connect('alice');
    loseAll();
    const refs: ConversationRef[] = [];
    for (let i = 0; i < 1_100; i++) refs.push(await far.conversation(c2cConversation('alice', `u${i}`)));
    await Promise.all(refs.map((ref) => far.say(ref, 1)));
    await alice.until(() => alice.frames.length === refs.length, 'the first entry of every conversation');
    expect(new Set(alice.frames.map(({ data }) => (data as { convId: string }).convId)).size).toBe(refs.length);
  }, 60_000);
});

describe('three gateways and a bus that loses, doubles, delays and swaps', () => {
  it.each([1, 2, 3, 4])('bring every stream to its end without holes and doubles, run %i', () =>
    withSeed(async (random) => {
      const third = await near.beside();
      const gateways = [near, far, third];
      const group = await near.conversation('g');
      const c2cs = await Promise.all([c2cConversation('a', 'b'), c2cConversation('b', 'c')].map((name) => near.conversation(name)));
      const streams: { listener: HubListener; ref: ConversationRef; after: number }[] = [];
      for (const { bus } of gateways) {
        bus.fate = () => {
          const fate = random.next();
          return fate < 0.3 ? 0 : fate < 0.5 ? 'hold' : fate < 0.6 ? 2 : 1;
        };
      }
      const saying: Promise<number[]>[] = [];
      const headOf = async (ref: ConversationRef) => (await near.store.conversations.head(ref)).last_seq;
      for (let step = 0; step < 150; step++) {
        const gateway = random.pick(gateways);
        const what = random.next();
        if (what < 0.6) saying.push(gateway.say(random.pick([group, ...c2cs]), 1 + random.below(6)));
        else if (what < 0.7) gateway.bus.deliver(gateway.bus.kept.map((_, __, kept) => random.below(kept.length)));
        else if (what < 0.8 && streams.length < 12) {
          const listener = await gateway.connect(random.pick(['a', 'b', 'c']));
          for (const ref of c2cs) {
            if (ref.name.convType === 'c2c' && ref.name.users.includes(listener.userId))
              streams.push({ listener, ref, after: await headOf(ref) });
          }
          const { lastSeq } = await gateway.subscribe(listener, group);
          streams.push({ listener, ref: group, after: lastSeq });
        } else if (what < 0.95) await turn();
        else await new Promise((resolve) => setTimeout(resolve, random.below(60)));
      }
      await Promise.all([...saying, ...[group, ...c2cs].map((ref) => near.say(ref, 1))]);
      for (const { listener, ref, after } of streams) {
        const head = await headOf(ref);
        if (head <= after) continue;
        const seqs = await heard(listener, head, ref);
        expect(seqs).toEqual(range(seqs[0] ?? 0, head));
        expect(seqs[0]).toBeLessThanOrEqual(after + 1);
        if (ref === group) expect(seqs[0]).toBe(after + 1);
      }
      expect(await near.gaps('no')).toBe(0);
    }),
  );
});
