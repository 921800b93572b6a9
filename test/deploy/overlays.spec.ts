import { eventually, withSeed } from '@app/testing';
import { Deployment } from './deployment';
import { Load } from './load';

const minutes = 60_000;

/** An installation with overlays, for the tests of one block. */
function deployedWith(...overlays: readonly string[]): () => Deployment {
  let deployment: Deployment | undefined;
  beforeAll(async () => {
    deployment = await Deployment.clone();
    await deployment.succeed(`deploy_multi_instance.sh ${overlays.join(' ')}`, { APP_REPLICAS: '2' });
  }, 10 * minutes);
  afterAll(async () => deployment?.destroy(), 2 * minutes);
  return () => deployment as Deployment;
}

describe('an installation with Sentinels', () => {
  const deployed = deployedWith('sentinel');

  it(
    'loses and doubles no message when the master of Redis is killed, and its gateways have a link again',
    async () => {
      const deployment = deployed();
      const master = async () =>
        (
          await deployment.docker(
            'exec',
            'parley-sentinel-1-1',
            'redis-cli',
            '-p',
            '26379',
            'sentinel',
            'get-master-addr-by-name',
            'parley',
          )
        ).stdout.split('\n')[0];
      const linked = async () =>
        (await Promise.all((await deployment.replicas()).map((replica) => deployment.metric(replica, 'parley_bus_up')))).join();
      await withSeed(async (random) => {
        const load = await Load.start(deployment, random, 'sentinel');
        try {
          const before = await master();
          await deployment.docker('kill', 'parley-redis-1');
          await eventually(
            async () => (await master()) !== before,
            () => 'another master',
            60_000,
          );
          await eventually(
            async () => (await linked()) === '1,1',
            () => 'gateways that are linked',
            60_000,
          );
          await load.acks(1_000);
          const messages = await load.expectNothingLost();
          expect(load.cutsSince()).toEqual([]);
          expect(load.requests.failures).toEqual([]);
          process.stdout.write(`master killed: ${messages} messages, ${load.requests.count} requests, no socket closed\n`);
        } finally {
          await load.close();
        }
      });
    },
    5 * minutes,
  );
});

describe('an installation with a replica of MySQL', () => {
  const deployed = deployedWith('replica');

  it(
    'shows everybody what they have just written, though the replica is ten seconds behind',
    async () => {
      const deployment = deployed();
      const [alice, bob] = [await deployment.person('alice'), await deployment.person('bob')];
      const asRoot = (sql: string) =>
        deployment.docker(
          'exec',
          'parley-mysql-replica-1',
          'sh',
          '-c',
          `MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql -h 127.0.0.1 -u root -e "${sql}"`,
        );
      const reads = async (result: string) => {
        const counts = (await deployment.replicas()).map((replica) =>
          deployment.metric(replica, `parley_replica_reads_total{result="${result}"}`),
        );
        return (await Promise.all(counts.map((count) => count.catch(() => 0)))).reduce((sum, count) => sum + count, 0);
      };
      const written: string[] = [];
      const write = async () => {
        const text = `text ${written.length}`;
        written.push(text);
        const body = { to: bob.id, type: 'text', payload: { text }, clientMsgId: text };
        expect((await deployment.request('POST', '/api/messages', body, alice)).status).toBe(200);
      };
      const newest = async (limit: number) => {
        const path = `/api/messages/history?limit=${limit}&convId=${encodeURIComponent('c2c:alice:bob')}`;
        const { body } = await deployment.request<{ messages: { payload: { text: string } }[] }>('GET', path, undefined, alice);
        return body.messages.map(({ payload }) => payload.text).sort();
      };
      const slowed = await asRoot('STOP REPLICA SQL_THREAD; CHANGE REPLICATION SOURCE TO SOURCE_DELAY=10; START REPLICA SQL_THREAD');
      expect(slowed).toMatchObject({ code: 0 });
      for (let i = 0; i < 30; i++) {
        await write();
        expect(await newest(10)).toEqual(written.slice(-10).sort());
      }
      expect(await reads('behind')).toBeGreaterThan(0);
      const servedBefore = await reads('served');
      // Once the replica has them, it is what is asked.
      await eventually(
        async () => {
          expect(await newest(10)).toEqual(written.slice(-10).sort());
          return (await reads('served')) > servedBefore;
        },
        () => 'a page from the replica',
        60_000,
      );
    },
    5 * minutes,
  );
});
