import { WebSocket } from 'ws';
import { eventually, withSeed } from '@app/testing';
import { Deployment } from './deployment';
import { Load, percentile } from './load';

const minutes = 60_000;

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.clone();
  await deployment.succeed('deploy_multi_instance.sh', { APP_REPLICAS: '3' });
}, 10 * minutes);
afterAll(async () => deployment?.destroy(), 2 * minutes);

describe('an installation from a clean clone', () => {
  it(
    'ends healthy, and so does a second run, which changes no secret',
    async () => {
      const health = await deployment.health();
      expect(Object.values(health)).toEqual(Array(6).fill('healthy'));
      const secrets = deployment.read('.env');
      await deployment.succeed('deploy_multi_instance.sh');
      expect(deployment.read('.env')).toBe(secrets);
      expect(Object.values(await deployment.health())).toEqual(Array(6).fill('healthy'));
    },
    5 * minutes,
  );

  it('answers through Nginx what is for the outside, and 404 for the rest', async () => {
    const status = async (path: string) => (await deployment.request('GET', path)).status;
    for (const path of ['/ui', '/app', '/healthz', '/api/docs', '/nginx-health']) expect([path, await status(path)]).toEqual([path, 200]);
    for (const path of ['/metrics', '//metrics', '/%6detrics', '/metrics?x', '/readyz', '/nothing', '/ws/x'])
      expect([path, await status(path)]).toEqual([path, 404]);
    const alice = await deployment.person('alice');
    const refused = await new Promise((resolve) => {
      new WebSocket(`${deployment.ws}/elsewhere?token=${alice.token}`)
        .on('error', () => undefined)
        .on('unexpected-response', (_, response) => resolve(response.statusCode));
    });
    expect(refused).toBe(404);
  });

  it('tells its metrics inside, every gateway its own', async () => {
    const replicas = await deployment.replicas();
    expect(replicas).toHaveLength(3);
    for (const replica of replicas) expect(await deployment.metric(replica, 'parley_connections')).toBe(0);
  });

  it('publishes nothing but Nginx', async () => {
    const { stdout } = await deployment.docker(
      'ps',
      '--format',
      '{{.Names}} {{.Ports}}',
      '--filter',
      'label=com.docker.compose.project=parley',
    );
    const published = stdout.split('\n').filter((line) => line.includes('->'));
    expect(published.map((line) => line.split(' ')[0])).toEqual(['parley-nginx-1']);
  });

  it('keeps tokens out of the logs of Nginx', async () => {
    const { token } = await deployment.person('logged');
    await new Promise((resolve) => {
      const socket = new WebSocket(`${deployment.ws}/ws?token=${token}`);
      socket.on('message', () => socket.close()).on('close', resolve);
    });
    await eventually(
      async () => (await deployment.docker('logs', 'parley-nginx-1')).stdout.includes('"GET /ws HTTP/1.1" 101'),
      () => 'a line about the socket',
    );
    const { stdout, stderr } = await deployment.docker('logs', 'parley-nginx-1');
    expect(stdout + stderr).not.toContain(token);
  });

  it('believes Nginx, and nobody behind it, about the address of a client', async () => {
    const [replica] = await deployment.replicas();
    const { stdout } = await deployment.docker('exec', replica?.id ?? '', 'node', '-p', 'process.env.TRUSTED_PROXIES');
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    expect(stdout).toBe((await deployment.docker('inspect', '-f', format, 'parley-nginx-1')).stdout);
  });

  it(
    'is brought back by a backup to what it was, with a new epoch',
    async () => {
      const [alice, bob] = [await deployment.person('alice'), await deployment.person('bob')];
      let said = 0;
      const say = async (text: string) =>
        (
          await deployment.request(
            'POST',
            '/api/messages',
            { to: bob.id, type: 'text', payload: { text }, clientMsgId: `k${++said}` },
            alice,
          )
        ).status;
      const texts = async () => {
        const path = '/api/messages/history?convId=' + encodeURIComponent('c2c:alice:bob');
        const { body } = await deployment.request<{ messages: { payload: { text: string } }[] }>('GET', path, undefined, alice);
        return body.messages.map(({ payload }) => payload.text);
      };
      expect(await say('早上好 ☀')).toBe(200);
      const file = (await deployment.succeed('backup.sh')).trim();
      expect(await say('after')).toBe(200);
      expect((await texts()).sort()).toEqual(['after', '早上好 ☀']);
      expect((await deployment.script(`restore.sh ${file}`)).stderr).toContain('--yes');
      await deployment.succeed(`restore.sh ${file} --yes`);
      expect(await texts()).toEqual(['早上好 ☀']);
    },
    5 * minutes,
  );
});

describe('300 sockets and 200 messages per second', () => {
  it(
    'notice nothing of gateways that come, and only those on gateways that leave are closed, with 1012',
    async () => {
      await withSeed(async (random) => {
        const load = await Load.start(deployment, random, 'scale');
        try {
          const since = new Date().toISOString();
          await deployment.succeed('scale.sh 5');
          const replicas = await deployment.replicas();
          expect(replicas).toHaveLength(5);
          await eventually(
            async () => {
              const { stdout } = await deployment.docker('logs', '--since', since, 'parley-nginx-1');
              return replicas.every(({ address }) => stdout.includes(`upstream ${address}:8080 200`));
            },
            () => 'every gateway to be asked',
            30_000,
          );
          expect(load.cutsSince()).toEqual([]);

          const held = new Map<string, number>();
          for (const replica of replicas) held.set(replica.id, await deployment.metric(replica, 'parley_connections'));
          await deployment.succeed('scale.sh 2');
          const staying = await deployment.replicas();
          expect(staying).toHaveLength(2);
          await load.acks(400);
          await load.connected();
          const leaving = [...held].filter(([id]) => !staying.some((replica) => replica.id === id));
          const cuts = load.cutsSince();
          expect(cuts.map(({ code }) => code)).toEqual(cuts.map(() => 1012));
          expect(new Set(cuts.map(({ of }) => of)).size).toBe(leaving.reduce((sum, [, count]) => sum + count, 0));

          const messages = await load.expectNothingLost();
          expect(load.requests.failures).toEqual([]);
          process.stdout.write(`scaled to 5 and 2: ${cuts.length} sockets moved, ${messages} messages, ${load.requests.count} requests\n`);
        } finally {
          await load.close();
        }
      });
    },
    5 * minutes,
  );

  it(
    'lose no message and no request to an update',
    async () => {
      await deployment.succeed('scale.sh 3');
      await withSeed(async (random) => {
        const load = await Load.start(deployment, random, 'roll');
        try {
          const before = await deployment.replicas();
          await deployment.succeed('rolling_update.sh --no-build');
          const after = await deployment.replicas();
          expect(after).toHaveLength(3);
          expect(after.filter(({ id }) => before.some((replica) => replica.id === id))).toEqual([]);
          await load.acks(400);
          const messages = await load.expectNothingLost();
          const cuts = load.cutsSince();
          expect(new Set(cuts.map(({ of }) => of)).size).toBe(300);
          expect(cuts.map(({ code }) => code)).toEqual(cuts.map(() => 1012));
          expect(load.requests.failures).toEqual([]);
          const back = cuts.map(({ backMs }) => backMs);
          process.stdout.write(
            `updated: ${cuts.length} reconnects, p50 ${percentile(back, 50)} ms, p99 ${percentile(back, 99)} ms; ` +
              `${messages} messages, ${load.requests.count} requests, none failed\n`,
          );
        } finally {
          await load.close();
        }
      });
    },
    5 * minutes,
  );

  it(
    'lose no message to a gateway that is killed, and no request later than two seconds after',
    async () => {
      await withSeed(async (random) => {
        const load = await Load.start(deployment, random, 'kill');
        try {
          const victim = random.pick(await deployment.replicas());
          const killedAt = performance.now();
          await deployment.docker('kill', victim.id);
          await load.acks(1_600);
          const messages = await load.expectNothingLost();
          const { failures, count } = load.requests;
          expect(failures.filter(({ at }) => at > killedAt + 2_000)).toEqual([]);
          process.stdout.write(
            `killed: ${load.cutsSince().length} reconnects, ${messages} messages, ${failures.length} of ${count} requests failed\n`,
          );
        } finally {
          await load.close();
        }
      });
      await deployment.succeed('scale.sh 3');
      expect(Object.values(await deployment.health())).toEqual(Array(6).fill('healthy'));
    },
    5 * minutes,
  );
});
