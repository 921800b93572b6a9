import { Metrics } from '@app/kit';
import { type EventData, groupConversation, mentionAll } from '@app/protocol';
import { InProcessPresence, type Located } from '@app/presence';
import { type ConversationRef, clientKey } from '@app/storage';
import { type TempStore, openTempStore } from '@app/testing';
import { GivenUp } from './fanout-queue';
import { FanoutWorker, type WorkerParts } from './worker';

const gapMs = 200;

let store: TempStore;
let presence: InProcessPresence;
let group: ConversationRef;
/** What was asked and told, in order. */
let steps: string[];
let link: number | undefined;
let metrics: Metrics;

beforeEach(async () => {
  store = await openTempStore();
  presence = new InProcessPresence({ timings: { ttlMs: 60_000, graceMs: 1_000 }, holder: 'here' });
  [steps, link, metrics] = [[], 1, new Metrics({ defaults: false })];
  group = await store.conversations.ensure(groupConversation('g'));
});
afterEach(() => store.close());

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(3, '0')}`);
const connect = (userIds: readonly string[]) => presence.hold(userIds.map((userId) => ({ userId, deviceId: 'phone' })));

async function fill(members: readonly string[]): Promise<void> {
  await store.log.change(group, async (tx) => {
    const at = tx.now;
    await store.groups.insert(tx, group, {
      id: 'g',
      name: 'g',
      owner_id: 'ada',
      join_policy: 'open',
      member_count: members.length,
      created_at: at,
    });
    const places = members.map((userId) => ({ userId, role: 'member' as const, fromSeq: 1, readSeq: 0, readNumber: 0, at }));
    await store.members.open(tx, group, places);
  });
}

let keys = 0;
const say = async (text = 'hello') =>
  (
    await store.log.append({
      conversation: group,
      sender: 'ada',
      key: clientKey(`${keys++}`),
      content: { kind: 'message', type: 'text', body: JSON.stringify({ text }) },
    })
  ).seq;

function worker(options: Partial<WorkerParts<ConversationRef>> = {}): FanoutWorker<ConversationRef> {
  const { audiences } = store;
  return new FanoutWorker({
    audience: {
      said: (convId) => audiences.said(convId),
      page: (ref, cursor, limit) => {
        steps.push(`page ${limit}`);
        return audiences.page(ref, cursor, limit);
      },
      among: (ref, userIds) => {
        steps.push(`among ${userIds.length}`);
        return audiences.among(ref, userIds);
      },
    },
    online: {
      count: () => presence.count(),
      locate: (userIds) => {
        steps.push(`locate ${userIds.length}`);
        return presence.locate(userIds);
      },
      walk: async function* (atOnce) {
        for await (const some of presence.walk(atOnce)) {
          steps.push(`walk ${some.length}`);
          yield some;
        }
      },
    },
    tell: (gateway, { userIds }, event) => {
      const { data } = JSON.parse(event) as { data: EventData<'conversation'> };
      steps.push(`tell ${gateway} ${userIds.length}${data.mentioned ? ' mentioned' : ''}`);
      told.push(...userIds);
    },
    link: () => link,
    metrics,
    batchSize: 10,
    sleepMs: 0,
    gapMs,
    ...options,
  });
}

let told: string[] = [];
beforeEach(() => (told = []));
const go = () => Promise.resolve();
const job = (seq: number, ...mentions: string[]) => ({ convId: 'group:g', seq, mentions });

describe('a job of the fan-out', () => {
  it('walks those who are connected when they are fewer than the members: one question to each store for some of them', async () => {
    await fill(names('member', 40));
    await connect([...names('member', 12), ...names('stranger', 13)]);
    await worker().run(job(await say()), go);
    expect(steps.filter((step) => !step.startsWith('tell'))).toEqual(['walk 10', 'among 10', 'walk 10', 'among 10', 'walk 5', 'among 5']);
    expect(told.sort()).toEqual(names('member', 12));
    expect(await metrics.fanoutMembers.get()).toMatchObject({ values: [{ value: 25 }] });
    expect(await metrics.fanoutNudges.get()).toMatchObject({ values: [{ value: 12 }] });
  });

  it('walks the members when those are fewer', async () => {
    await fill(names('member', 25));
    await connect([...names('member', 12), ...names('stranger', 40)]);
    await worker().run(job(await say()), go);
    expect(steps.filter((step) => !step.startsWith('tell'))).toEqual([
      'page 10',
      'locate 10',
      'page 10',
      'locate 10',
      'page 10',
      'locate 5',
    ]);
    expect(told.sort()).toEqual(names('member', 12));
  });

  it('tells those first who are mentioned, and nobody twice; who is mentioned and no member is not told', async () => {
    await fill(names('member', 30));
    await connect(names('member', 30));
    await worker().run(job(await say(), 'member020', 'member003', 'stranger'), go);
    expect(told.slice(0, 2).sort()).toEqual(['member003', 'member020']);
    expect(told.sort()).toEqual(names('member', 30));
    expect(steps.filter((step) => step.endsWith('mentioned'))).toEqual(['tell here 2 mentioned']);
  });

  it('says to everybody that they are mentioned where all are', async () => {
    await fill(names('member', 20));
    await connect(names('member', 20));
    await worker().run(job(await say(), mentionAll, 'member001'), go);
    expect(steps.filter((step) => step.startsWith('tell'))).toEqual(['tell here 10 mentioned', 'tell here 10 mentioned']);
  });

  it('sends one frame to each gateway, also to both of a user with two', async () => {
    await fill(names('member', 4));
    const at: Record<string, string[]> = { member000: ['a'], member001: ['a', 'b'], member003: ['b'] };
    const everybody: Located[] = Object.entries(at).map(([userId, gateways]) => ({ userId, gateways }));
    const online = {
      count: () => Promise.resolve(9),
      locate: (ids: readonly string[]) => Promise.resolve(everybody.filter(({ userId }) => ids.includes(userId))),
      walk: () => {
        throw new Error('not asked');
      },
    };
    await worker({ online }).run(job(await say()), go);
    expect(steps.filter((step) => step.startsWith('tell')).sort()).toEqual(['tell a 2', 'tell b 2']);
  });

  it('that is done already is not done again, except for those whom it mentions', async () => {
    await fill(names('member', 5));
    await connect(names('member', 5));
    const one = worker();
    const first = await say();
    const second = await say();
    // It tells where the group stands by then.
    await one.run(job(first), go);
    told = [];
    await one.run(job(second), go);
    expect(told).toEqual([]);
    await one.run(job(second, 'member002'), go);
    expect(told).toEqual(['member002']);
  });

  it('is done again when the store was put back to where it stood before', async () => {
    await fill(names('member', 5));
    await connect(names('member', 5));
    let lost = 0;
    const audience = {
      said: async (convId: string) => {
        const said = await store.audiences.said(convId);
        return said && { ...said, lastSeq: said.lastSeq - lost };
      },
      page: store.audiences.page.bind(store.audiences),
      among: store.audiences.among.bind(store.audiences),
    };
    const one = worker({ audience });
    for (let i = 0; i < 9; i++) await say();
    await one.run(job(9), go);
    lost = 5;
    for (const seq of [5, 6]) {
      told = [];
      await say();
      await one.run(job(seq), go);
      expect(told).toHaveLength(5);
    }
  });

  it('waits until the last nudge of the group is long enough ago', async () => {
    await fill(names('member', 5));
    await connect(names('member', 5));
    const one = worker();
    await one.run(job(await say()), go);
    const since = performance.now();
    await one.run(job(await say()), go);
    expect(performance.now() - since).toBeGreaterThanOrEqual(gapMs - 20);
  });

  it('tells members of a change of the group who have joined after its last message, and not what that says', async () => {
    await fill(names('member', 3));
    const seq = await say();
    const enter = (userId: string) =>
      store.log.change(group, async (tx) => {
        const { seq: fromSeq } = tx.append(userId, { kind: 'member_joined', fields: { userId } });
        await store.members.open(tx, group, [{ userId, role: 'member', fromSeq, readSeq: fromSeq, readNumber: 1, at: tx.now }]);
      });
    await enter('newcomer');
    const renamed = await store.log.change(group, (tx) =>
      Promise.resolve(tx.append('ada', { kind: 'group_updated', fields: { name: 'other' } }).seq),
    );
    await enter('latecomer');
    await connect([...names('member', 3), 'newcomer', 'latecomer']);
    const shown: string[] = [];
    const one = worker({
      tell: (_, { userIds }, event) => {
        const { lastSeq, lastMessage } = (JSON.parse(event) as { data: EventData<'conversation'> }).data;
        shown.push(...userIds.map((userId) => `${userId} ${lastSeq} ${lastMessage?.seq ?? 'none'}`));
      },
    });
    await one.run(job(renamed, 'newcomer'), go);
    const others = names('member', 3).map((name) => `${name} ${renamed + 1} ${seq}`);
    expect(shown.sort()).toEqual([...others, `newcomer ${renamed + 1} none`].sort());
  });

  it('of a group that is not there is done', async () => {
    await worker().run({ convId: 'group:elsewhere', seq: 1, mentions: ['ada'] }, go);
    expect(steps).toEqual([]);
  });

  it('is to be tried again when what was told may not have been heard', async () => {
    await fill(names('member', 5));
    await connect(names('member', 5));
    const one = worker();
    const seq = await say();
    link = undefined;
    await expect(one.run(job(seq), go)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    link = 1;
    told = [];
    await one.run(job(seq), go);
    expect(told).toHaveLength(5);
  });

  it('is to be tried again when the link was lost meanwhile, although it is there again', async () => {
    await fill(names('member', 40));
    await connect(names('member', 40));
    const seq = await say();
    let beats = 0;
    const losing = () => {
      beats++;
      if (beats === 1) link = undefined;
      if (beats === 2) link = 2;
      return Promise.resolve();
    };
    await expect(worker().run(job(seq), losing)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([beats > 2, link]).toEqual([true, 2]);
  });

  it('stops between two steps when the queue wants it back, and is done from the beginning by the next', async () => {
    await fill(names('member', 40));
    await connect(names('member', 40));
    const seq = await say();
    let beats = 0;
    const stopping = () => (++beats > 2 ? Promise.reject(new GivenUp()) : Promise.resolve());
    const one = worker();
    await expect(one.run(job(seq), stopping)).rejects.toThrow(GivenUp);
    expect(told.length).toBeLessThan(40);
    told = [];
    await one.run(job(seq), go);
    expect(told.sort()).toEqual(names('member', 40));
  });
});
