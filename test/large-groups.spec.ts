import { setTimeout as sleep } from 'node:timers/promises';
import { groupConversation } from '@app/protocol';
import { Database, OutboxStore } from '@app/storage';
import { MariaServer, type Person, RedisServer, TestClient, eventually, withSeed } from '@app/testing';
import { buildBoth, buildPatienceMs } from './built';
import { Crowd } from './crowd';
import { Installation } from './installation';
import { type ConsumerProcess, GatewayProcess } from './process';
import { Watcher } from './watcher';

const groups = 24;
/** A walk takes several chunks with a rest between them, so that a process that is killed is in one. */
const slowWalks = { GROUP_BATCH_SIZE: '2', GROUP_BATCH_SLEEP_MS: '30' };
/** How long Kafka is away: a minute in `npm run test:long`. */
const withoutKafkaMs = process.env.PROPERTY_RUNS === undefined ? 4_000 : 60_000;

beforeAll(buildBoth, buildPatienceMs);

describe('three gateways and two group consumers on MariaDB, Redis and Kafka', () => {
  let installation: Installation;
  let crowd: Crowd;

  beforeAll(async () => {
    installation = await Installation.start(slowWalks);
    const { gateways } = installation;
    crowd = await withSeed((random) => Crowd.gather({ gateways, random, groups, state: () => installation.state }));
    await installation.settled();
  }, 90_000);
  afterAll(async () => {
    await crowd?.close();
    await installation?.remove();
  }, 60_000);

  /** Says something in every group, does harm in the midst of it, and returns when everybody was told and nothing waits. */
  async function through(harm: () => Promise<void>, everyMs = 30): Promise<void> {
    await crowd.speak({ everyMs, half: harm });
    await crowd.told();
    await installation.settled();
  }

  /** Waits for a moment in which somebody was told of a group and somebody else was not yet: a walk is under way. */
  async function amidAWalk(): Promise<void> {
    await eventually(
      () => crowd.halfTold > 0,
      () => `a walk that is under way.\n${installation.state}`,
    );
  }

  it('nudge those who do not hear the group, once for a burst', async () => {
    await expectOneNudgePerBurst(installation.gateways, () => installation.settled());
  });

  it('bring every nudge although a consumer is told to stop in the midst of a walk, and it ends in under five seconds', async () => {
    const [, stopped] = installation.consumers as [ConsumerProcess, ConsumerProcess];
    await through(async () => {
      await amidAWalk();
      const stoppedAt = performance.now();
      const { code, stderr } = await stopped.end('SIGTERM');
      expect(performance.now() - stoppedAt).toBeLessThan(5_000);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    });
  }, 60_000);

  it('bring every nudge although the only consumer is killed in the midst of a walk: another one walks again', async () => {
    const [killed, other] = installation.consumers as [ConsumerProcess, ConsumerProcess];
    const before = crowd.repeated;
    await through(async () => {
      await amidAWalk();
      await killed.end('SIGKILL');
      await other.start();
    });
    expect(crowd.repeated).toBeGreaterThan(before);
    await killed.start();
  }, 60_000);

  it('bring every nudge although the gateway that relays is killed: another one relays within ten seconds', async () => {
    const [killed] = installation.gateways as [GatewayProcess];
    const relayed = await installation.relaying();
    let relays: string | undefined;
    await through(async () => {
      await killed.end('SIGKILL');
      await eventually(
        async () => {
          relays = await installation.relaying();
          return relays !== undefined && relays !== relayed;
        },
        () => `another gateway that relays.\n${installation.state}`,
        10_000,
      );
    });
    expect(crowd.watchers.some(({ cuts }) => cuts > 0)).toBe(true);
    await killed.start();
  }, 60_000);

  it('bring every nudge although Kafka crashes and comes back', async () => {
    await through(async () => {
      await installation.kafka.kill();
      await installation.kafka.start();
    });
  }, 90_000);

  it(
    'go on sending while Kafka is away: what is said waits in the outbox, and drains when Kafka is back',
    async () => {
      await installation.kafka.stop();
      const until = performance.now() + withoutKafkaMs;
      await crowd.speak({ everyMs: withoutKafkaMs / groups });
      expect(await installation.pending()).toBe(groups);
      await eventually(
        async () => (await Promise.all(installation.gateways.map((one) => one.metric('parley_outbox_pending')))).includes(groups),
        () => `a gateway that shows how much waits.\n${installation.state}`,
      );
      // The sends were acked all the while; how long that was is not what counts.
      await sleep(Math.max(0, until - performance.now()));
      await installation.kafka.start();
      await crowd.told();
      await installation.settled();
      await eventually(
        async () =>
          (await Promise.all(installation.gateways.map((one) => one.metric('parley_outbox_pending')))).every((count) => count === 0),
        () => `gateways that show that nothing waits.\n${installation.state}`,
      );
    },
    60_000 + 2 * withoutKafkaMs,
  );

  it('lay aside what is no job, with the reason, and go on with the partition', async () => {
    const poison = [
      Buffer.from('no JSON'),
      Buffer.from('{"v":99}'),
      Buffer.from('{"v":1,"convId":"group:x","seq":"7","mentions":[]}'),
      null,
    ];
    const before = await installation.sum('parley_fanout_jobs_total{result="dead"}');
    const count = await installation.put(poison);
    await through(() => Promise.resolve());
    const aside = await installation.laidAside(count);
    expect(aside).toHaveLength(count);
    const reasons = new Set(aside.map(({ headers }) => String(headers?.reason ?? '')));
    expect([...reasons].filter((reason) => reason === '')).toEqual([]);
    expect(reasons.size).toBeGreaterThanOrEqual(3);
    expect((await installation.sum('parley_fanout_jobs_total{result="dead"}')) - before).toBe(count);
  }, 60_000);
});

describe('the gateways without Kafka', () => {
  it('nudge in the same way, one alone on SQLite', async () => {
    const gateway = await GatewayProcess.start({ env: slowWalks });
    try {
      const settled = () => nothingPending([gateway]);
      await expectOneNudgePerBurst([gateway], settled);
      await throughACrowd([gateway], settled);
      expect(await gateway.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
      const database = await Database.open({ url: '', dataDir: gateway.dataDir });
      expect(await new OutboxStore(database).count()).toBe(0);
      await database.close();
    } finally {
      await gateway.remove();
    }
  }, 60_000);

  it('nudge in the same way, two of them on MariaDB and Redis, also when the one that relays is killed', async () => {
    const [maria, redis] = await Promise.all([MariaServer.start(), RedisServer.start()]);
    const gateways: GatewayProcess[] = [];
    try {
      const url = await maria.database();
      const env = { DATABASE_URL: url, REDIS_URL: redis.url, ...slowWalks };
      gateways.push(await GatewayProcess.start({ env }));
      gateways.push(await GatewayProcess.start({ env }));
      const [first] = gateways as [GatewayProcess];
      const settled = () => nothingPending(gateways);
      await expectOneNudgePerBurst(gateways, settled);
      await throughACrowd(gateways, settled, async () => void (await first.end('SIGKILL')));
      expect(await maria.query(`SELECT * FROM \`${url.slice(url.lastIndexOf('/') + 1)}\`.outbox`)).toEqual([]);
    } finally {
      await Promise.allSettled(gateways.map((one) => one.remove()));
      await Promise.allSettled([maria.remove(), redis.remove()]);
    }
  }, 60_000);
});

/** Lets a crowd be told of something in each of its groups, with some harm in the midst of it. */
async function throughACrowd(gateways: readonly GatewayProcess[], settled: () => Promise<void>, half?: () => Promise<void>): Promise<void> {
  const state = () => gateways.map(({ said }) => said.slice(-2_000)).join('\n');
  await withSeed(async (random) => {
    const crowd = await Crowd.gather({ gateways, random, groups, state });
    try {
      await crowd.speak({ everyMs: 30, ...(half ? { half } : {}) });
      await crowd.told();
      await settled();
    } finally {
      await crowd.close();
    }
  });
}

/** Returns when the gateways show that nothing waits in the outbox. */
function nothingPending(gateways: readonly GatewayProcess[]): Promise<void> {
  return eventually(
    async () => {
      const counts = await Promise.all(gateways.filter(({ running }) => running).map((one) => one.metric('parley_outbox_pending')));
      return counts.every((count) => count === 0);
    },
    () => `an empty outbox.\n${gateways.map(({ said }) => said.slice(-2_000)).join('\n')}`,
  );
}

/** Bursts in a group with members of every kind, and what each of them is told. */
async function expectOneNudgePerBurst(gateways: readonly GatewayProcess[], settled: () => Promise<void>): Promise<void> {
  const [first] = gateways as [GatewayProcess];
  const names = ['alice', 'bob', 'carol', 'dave', 'eve', 'frank'];
  const people = (await Promise.all(names.map((name) => first.person(name)))) as [Person, Person, Person, Person, Person, Person];
  const [alice, bob, carol, dave, eve] = people;
  const groupId = await first.group(alice, people.slice(1));
  const { convId } = groupConversation(groupId);
  const url = (i: number) => gateways[i % gateways.length]?.ws ?? '';
  const phone = await TestClient.connect(url(0), { token: alice.token, deviceId: 'phone' });
  const hearing = await TestClient.connect(url(2), { token: carol.token, deviceId: 'phone' });
  await hearing.call('subscribe_group', { groupId });
  const told = await Promise.all([
    Watcher.start(alice, [url(1)], 'tablet'),
    Watcher.start(bob, [url(1)]),
    Watcher.start(dave, [url(2)]),
    Watcher.start(carol, [url(0)], 'tablet'),
  ]);
  const [, , mentioned] = told;
  const removed = await Watcher.start(eve, [url(0)]);
  try {
    expect((await first.request('DELETE', `/api/groups/${groupId}/members/${eve.id}`, undefined, alice)).status).toBe(200);
    for (const burst of [1, 2]) {
      const sends = Array.from({ length: 20 }, (_, i) =>
        phone.call('send', {
          groupId,
          type: 'text',
          payload: { text: `${i}` },
          clientMsgId: `${burst}-${i}`,
          ...(i === 5 ? { mentions: [dave.id] } : {}),
        }),
      );
      const last = Math.max(...(await Promise.all(sends)).map(({ seq }) => seq));
      await eventually(
        () => told.every((watcher) => watcher.height(convId) >= last),
        () => `the nudges of burst ${burst}.\n${gateways.map(({ said }) => said.slice(-2_000)).join('\n')}`,
      );
      await settled();
      await Promise.all([phone, hearing, removed, ...told].map((one) => one.settled()));
      const nudge = { convId, lastSeq: last, lastMessage: expect.objectContaining({ seq: last }) as unknown };
      for (const watcher of told) {
        const expected = watcher === mentioned ? { ...nudge, mentioned: true } : nudge;
        expect(watcher.of(convId).slice(burst - 1)).toEqual([expected]);
      }
      expect(phone.all('conversation').slice(burst - 1)).toEqual([nudge]);
    }
    expect(hearing.all('message')).toHaveLength(40);
    expect(hearing.all('conversation')).toEqual([]);
    expect(removed.nudges).toEqual([]);
  } finally {
    phone.cut();
    hearing.cut();
    await Promise.all([removed, ...told].map((one) => one.close()));
  }
}
