import { type Config, ConfigError, type DeepPartial, defaultConfig } from '@app/config';
import { Metrics, createLog } from '@app/kit';
import { World, dropDatabase, eventually, freshTopic, sharedKafka, sharedMysql, sharedRedis } from '@app/testing';
import { type Consumer, startConsumer } from './consumer';

describe('the group consumer', () => {
  let shared: DeepPartial<Config>;
  let worlds: World[];
  let consumer: Consumer;
  const metrics = new Metrics({ defaults: false });

  const start = (more: DeepPartial<Config>, its = new Metrics({ defaults: false })) =>
    startConsumer(defaultConfig({ consumerPort: 0, host: '127.0.0.1', ...more }), createLog('silent'), its);
  const ask = async (path: string, port = consumer.port) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  };

  beforeAll(async () => {
    const name = freshTopic();
    shared = {
      databaseUrl: await sharedMysql(),
      redisUrl: sharedRedis(),
      kafkaBrokers: sharedKafka(),
      groupNudgeMs: 300,
      kafka: { topic: name, groupId: name, partitions: 3 },
    };
    worlds = await Promise.all([World.start(shared), World.start(shared)]);
    consumer = await start(shared, metrics);
  }, 60_000);
  afterAll(async () => {
    await consumer?.app.close();
    await Promise.all((worlds ?? []).map((world) => world.close()));
    await dropDatabase(String(shared.databaseUrl));
  });

  it('says that it lives, and that it is ready when it has its place in the queue', async () => {
    expect((await ask('/healthz')).status).toBe(200);
    await eventually(
      async () => (await ask('/readyz')).status === 200,
      () => 'readiness',
    );
    expect(JSON.parse((await ask('/readyz')).text)).toMatchObject({
      status: 'ok',
      details: { store: { status: 'up' }, queue: { status: 'up' }, bus: { status: 'up' } },
    });
  });

  it('tells members at every gateway once what was said in a group that they do not hear', async () => {
    const [one, other] = worlds as [World, World];
    const [ada, bob, cem] = await Promise.all(['ada', 'bob', 'cem'].map((name) => one.person(name)));
    if (!ada || !bob || !cem) throw new Error('nobody is there');
    const groupId = await one.group(ada, [bob, cem]);
    const [a, b, c] = [await one.connect(ada), await other.connect(bob), await other.connect(cem)];
    await c.call('subscribe_group', { groupId });
    const acks = await Promise.all(Array.from({ length: 10 }, (_, i) => a.say({ groupId }, `${i}`)));
    const lastSeq = Math.max(...acks.map(({ seq }) => seq));
    expect((await b.next('conversation')).lastSeq).toBe(lastSeq);
    // A second group: when its nudge is there, that of a second one for the first would be.
    const next = await one.group(ada, [bob, cem]);
    await a.say({ groupId: next }, 'another');
    await b.next('conversation', ({ convId }) => convId === `group:${next}`);
    await c.next('conversation', ({ convId }) => convId === `group:${next}`);
    expect(b.all('conversation').map(({ convId }) => convId)).toEqual([`group:${groupId}`, `group:${next}`]);
    expect(c.all('conversation').map(({ convId }) => convId)).toEqual([`group:${next}`]);
  });

  it('shows in its metrics what it did, and how much there is to do', async () => {
    await eventually(
      async () => /parley_fanout_lag 0\n/.test((await ask('/metrics')).text),
      () => 'the lag',
    );
    const { text } = await ask('/metrics');
    expect(text).toMatch(/parley_fanout_jobs_total\{result="done"\} [1-9]/);
    expect(text).toMatch(/parley_fanout_members_total [1-9]/);
    expect(text).toMatch(/parley_fanout_nudges_total [1-9]/);
    expect(text).toMatch(/parley_bus_up 1\n/);
    expect(text).toContain('parley_background_failures_total');
  });

  it('makes the gateways tell of settings that it does not have in common with them, until it stops', async () => {
    const settings = async () => JSON.stringify(await Promise.all(worlds.map(async (world) => (await world.get('/readyz')).body.settings)));
    const become = (status: object) =>
      eventually(
        async () => (await settings()) === JSON.stringify([status, status]),
        () => `both to say ${JSON.stringify(status)}`,
      );
    // The consumer that runs already agrees with them, and of this one only what it works with counts.
    const other = await start({ ...shared, groupNudgeMs: 301, groupBatchSize: 7, wsSendQPS: 5 });
    try {
      await become({ status: 'mismatch', keys: ['groupNudgeMs'], instances: 1 });
    } finally {
      await other.app.close();
    }
    await become({ status: 'equal' });
  });

  it('lives, and is not ready, while Kafka or Redis is away', async () => {
    for (const away of [{ kafkaBrokers: ['127.0.0.1:1'] }, { redisUrl: 'redis://127.0.0.1:1' }]) {
      const alone = await start({ ...shared, ...away });
      try {
        expect((await ask('/healthz', alone.port)).status).toBe(200);
        expect((await ask('/readyz', alone.port)).status).toBe(503);
      } finally {
        await alone.app.close();
      }
    }
  });

  it.each([
    ['kafkaBrokers', { kafkaBrokers: [] }, 'KAFKA_BROKERS'],
    ['redisUrl', { redisUrl: '' }, 'REDIS_URL'],
    ['databaseUrl', { databaseUrl: '' }, 'DATABASE_URL'],
  ])('does not start without %s, and says what to set', async (path, missing, variable) => {
    const refused = await start({ ...shared, ...missing }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect((refused as ConfigError).lines).toEqual([expect.stringContaining(`config: ${path} is not set for the group consumer`)]);
    expect((refused as ConfigError).lines[0]).toContain(variable);
  });
});
