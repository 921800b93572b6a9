import { get } from 'node:https';
import { groupConversation, subprotocol } from '@app/protocol';
import { WebSocket } from 'ws';
import { TestClient, eventually, withSeed } from '@app/testing';
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

describe('an installation with Kafka', () => {
  const deployed = deployedWith('kafka');

  it(
    'has a consumer tell the members of a group what was said, while who listens hears it from the gateways',
    async () => {
      const deployment = deployed();
      const people = [await deployment.person('alice'), await deployment.person('bob'), await deployment.person('carol')] as const;
      const [alice, bob, carol] = people;
      const groupId = await deployment.group(alice, [bob, carol]);
      const listens = await TestClient.connect(deployment.ws, { token: bob.token });
      const silent = await TestClient.connect(deployment.ws, { token: carol.token });
      try {
        await listens.call('subscribe_group', { groupId });
        const body = { groupId, type: 'text', payload: { text: 'hello' }, clientMsgId: 'k1' };
        expect((await deployment.request('POST', '/api/messages', body, alice)).status).toBe(200);
        expect(await listens.next('message')).toMatchObject({ payload: { text: 'hello' } });
        const { convId } = groupConversation(groupId);
        await eventually(
          () => silent.all('conversation').some((nudge) => nudge.convId === convId && nudge.lastMessage?.clientMsgId === 'k1'),
          () => 'a nudge about the message',
          60_000,
        );
        const [consumer] = await deployment.replicas('group-consumer');
        expect(consumer && (await deployment.metric(consumer, 'parley_fanout_nudges_total', 8081))).toBeGreaterThan(0);
        for (const gateway of await deployment.replicas()) expect(await deployment.metric(gateway, 'parley_fanout_nudges_total')).toBe(0);
      } finally {
        listens.cut();
        silent.cut();
      }
    },
    3 * minutes,
  );

  it(
    'is watched by Prometheus: every gateway and every consumer, also those that come later',
    async () => {
      const deployment = deployed();
      const files = ['', '.multi', '.kafka', '.monitoring'].flatMap((name) => ['-f', `docker-compose${name}.yml`]);
      const started = await deployment.docker('compose', ...files, 'up', '-d', '--no-deps', '--no-recreate', 'prometheus');
      expect(started).toMatchObject({ code: 0 });
      const watched = async () => {
        const inside = async (service: string, port: number) =>
          (await deployment.replicas(service)).map(({ address }) => `${service === 'app' ? 'gateway' : service} ${address}:${port} up`);
        const expected = [...(await inside('app', 8080)), ...(await inside('group-consumer', 8081))].sort();
        let targets: string[] = [];
        await eventually(
          async () => {
            const answer = await fetch('http://localhost:9090/api/v1/targets?state=active').catch(() => undefined);
            const { data } = (await answer?.json().catch(() => ({}))) as {
              data?: { activeTargets: { labels: { job: string; instance: string }; health: string }[] };
            };
            targets = (data?.activeTargets ?? []).map(({ labels, health }) => `${labels.job} ${labels.instance} ${health}`);
            targets = targets.filter((target) => !target.startsWith('prometheus ')).sort();
            return targets.join() === expected.join();
          },
          () => `${expected.join(', ')}; there are: ${targets.join(', ')}`,
          90_000,
        );
        return expected.length;
      };
      expect(await watched()).toBe(3);
      await deployment.succeed('scale.sh 3');
      expect(await watched()).toBe(4);
    },
    5 * minutes,
  );

  it(
    'gets HTTPS while it runs, to which HTTP leads',
    async () => {
      const deployment = deployed();
      await deployment.succeed('nginx/make-self-signed.sh localhost');
      deployment.add('HTTPS_PORT=8443');
      expect(await deployment.succeed('deploy_multi_instance.sh tls')).toContain('https://localhost:8443/app');
      expect(deployment.read('.env')).toMatch(/^COMPOSE_FILE=.*docker-compose\.kafka\.yml:docker-compose\.tls\.yml$/m);

      const { status, headers } = await deployment.request('GET', '/app?x=1');
      expect(status).toBe(308);
      expect(headers.get('location')).toMatch(/^https:\/\/localhost(:8443)?\/app\?x=1$/);
      const ca = deployment.read('nginx/certs/fullchain.pem');
      const answered = await new Promise((resolve, reject) => {
        get('https://localhost:8443/app', { ca }, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
      });
      expect(answered).toBe(200);
      const first = await new Promise((resolve, reject) => {
        const socket = new WebSocket('wss://localhost:8443/ws', [subprotocol, `bearer.${deployment.token('alice')}`], { ca });
        socket.on('error', reject).on('message', (text: Buffer) => {
          socket.close();
          resolve(JSON.parse(text.toString()));
        });
      });
      expect(first).toMatchObject({ action: 'connected' });
    },
    5 * minutes,
  );
});
