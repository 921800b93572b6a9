import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, withSeed } from '@app/testing';
import { buildBoth, buildPatienceMs } from './built';
import { expectOneNudgePerBurst } from './burst';
import { Crowd } from './crowd';
import { Installation } from './installation';
import type { ConsumerProcess, GatewayProcess } from './process';

/** Groups that are spoken in during each fault. */
const groups = 24;
/** A walk takes several chunks with a rest between them, so that a process that is killed is in one. */
const slowWalks = { GROUP_BATCH_SIZE: '2', GROUP_BATCH_SLEEP_MS: '30' };
/** How long Kafka is away: a minute in `npm run test:long`. */
const withoutKafkaMs = process.env.PROPERTY_RUNS === undefined ? 4_000 : 60_000;
/** A gateway that relays leaves that to another one within so much, in milliseconds, when it dies. */
const takeOverMs = 10_000;

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
      await expectQuickStop(stopped);
    });
  }, 60_000);

  it('bring every nudge although the only consumer is killed in the midst of a walk, and the gateway that relays with it', async () => {
    const [consumer, other] = installation.consumers as [ConsumerProcess, ConsumerProcess];
    const [gateway] = installation.gateways as [GatewayProcess];
    if (other.running) await other.end('SIGTERM');
    const { repeated } = crowd;
    const relayed = await installation.relaying();
    await through(async () => {
      await amidAWalk();
      await Promise.all([consumer.end('SIGKILL'), gateway.end('SIGKILL')]);
      const started = other.start();
      await eventually(
        async () => ![undefined, relayed].includes(await installation.relaying()),
        () => `another gateway that relays.\n${installation.state}`,
        takeOverMs,
      );
      await started;
    });
    // Who was told before is told again, and who was cut off has come back to another gateway.
    expect(crowd.repeated).toBeGreaterThan(repeated);
    expect(crowd.watchers.some(({ cuts }) => cuts > 0)).toBe(true);
    await Promise.all([consumer.start(), gateway.start()]);
  }, 120_000);

  it('bring every nudge although Kafka crashes and comes back', async () => {
    await through(async () => {
      await installation.kafka.kill();
      await installation.kafka.start();
    });
  }, 120_000);

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
      const [consumer] = installation.consumers as [ConsumerProcess];
      await expectQuickStop(consumer);
      await installation.kafka.start();
      await consumer.start();
      await crowd.told();
      await installation.settled();
      await eventually(
        async () =>
          (await Promise.all(installation.gateways.map((one) => one.metric('parley_outbox_pending')))).every((count) => count === 0),
        () => `gateways that show that nothing waits.\n${installation.state}`,
      );
    },
    120_000 + 2 * withoutKafkaMs,
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

/** What a consumer promises of its end. */
async function expectQuickStop(consumer: ConsumerProcess): Promise<void> {
  const stoppedAt = performance.now();
  const { code, stderr } = await consumer.end('SIGTERM');
  expect(performance.now() - stoppedAt).toBeLessThan(5_000);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}
