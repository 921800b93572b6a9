import { Database, OutboxStore } from '@app/storage';
import { MariaServer, RedisServer, eventually, withSeed } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { expectOneNudgePerBurst } from './burst';
import { Crowd } from './crowd';
import { GatewayProcess } from './process';

/** Groups that are spoken in. */
const groups = 15;
/** A walk takes several chunks with a rest between them, so that a process that is killed is in one. */
const slowWalks = { GROUP_BATCH_SIZE: '2', GROUP_BATCH_SLEEP_MS: '30' };

beforeAll(build, buildPatienceMs);

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
