import { once } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Deployment, type Ended } from './deployment';

const minutes = 60_000;
const deploy = 'deploy_multi_instance.sh';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.clone();
}, minutes);
afterAll(async () => deployment?.destroy(), 2 * minutes);

/** The command failed, said why in one line, and left the engine as it was. */
async function expectOneLine({ code, stderr }: Ended, line: RegExp, left: readonly string[] = []): Promise<void> {
  const lines = stderr.trim().split('\n');
  expect(lines.at(-1)).toMatch(line);
  expect(lines.filter((one) => /^\w+\.sh: /.test(one)).length).toBeLessThanOrEqual(1);
  expect(code).toBeGreaterThan(0);
  expect(await deployment.leftovers()).toEqual(left);
}

describe('what cannot come up ends with one line that helps, and leaves nothing half-started:', () => {
  it('a missing .env, for compose by hand and for every script but the one that makes it', async () => {
    for (const files of [['docker-compose.yml'], ['docker-compose.yml', 'docker-compose.multi.yml']]) {
      const ended = await deployment.docker('compose', ...files.flatMap((file) => ['-f', file]), 'up', '-d');
      expect(ended.stderr.trim().split('\n')).toHaveLength(1);
      await expectOneLine(ended, /run docker\/deploy_multi_instance\.sh/);
    }
    for (const command of ['scale.sh 3', 'rolling_update.sh', 'backup.sh'])
      await expectOneLine(await deployment.script(command), /there is no docker\/\.env: run docker\/deploy_multi_instance\.sh/);
  });

  it('numbers of gateways that are none', async () => {
    for (const count of ['0', '-1', 'three', '1.5'])
      await expectOneLine(await deployment.script(deploy, { APP_REPLICAS: count }), /APP_REPLICAS=\S+ is not a whole number/);
    await expectOneLine(await deployment.script('scale.sh 0'), /say how many gateways/);
  });

  it('a busy port', async () => {
    const server = createServer().listen(8080, '0.0.0.0');
    await once(server, 'listening');
    try {
      await expectOneLine(await deployment.script(deploy), /port 8080 is taken by another program: stop it, or choose another port/);
    } finally {
      server.close();
    }
  });

  it(
    'a secret that is too short',
    async () => {
      const back = deployment.change('JWT_SECRET', 'short');
      await expectOneLine(await deployment.script(deploy), /the gateways would not start: config: jwtSecret/);
      back();
    },
    10 * minutes,
  );

  it(
    'a config.yml that is broken',
    async () => {
      const before = deployment.read('config.yml');
      deployment.write('config.yml', 'wsSendQPS: plenty\n');
      await expectOneLine(await deployment.script(deploy), /config: wsSendQPS .*plenty/);
      deployment.write('config.yml', 'wsSendQPS: [\n');
      await expectOneLine(await deployment.script(deploy), /config: .*config\.yml/);
      deployment.write('config.yml', before);
    },
    5 * minutes,
  );

  it(
    'a MySQL that does not come up, whose volume is kept',
    async () => {
      await deployment.docker('volume', 'create', 'parley_mysql-data');
      const spoil = ['run', '--rm', '--entrypoint', 'sh', '-v', 'parley_mysql-data:/data', 'redis:7.4-alpine', '-c'];
      await deployment.docker(...spoil, 'mkdir /data/mysql; echo spoilt >/data/ibdata1; chmod -R a+rwX /data');
      await expectOneLine(await deployment.script(deploy), /mysql did not come up: \S/, ['volume parley_mysql-data']);
      await deployment.docker('volume', 'rm', 'parley_mysql-data');
    },
    5 * minutes,
  );
});

describe('an installation that was set up before', () => {
  beforeAll(async () => {
    await deployment.succeed(deploy, { APP_REPLICAS: '1' });
  }, 5 * minutes);

  it(
    'goes on with what runs when an update does not like its configuration',
    async () => {
      const replicas = await deployment.replicas();
      const before = deployment.read('config.yml');
      deployment.write('config.yml', 'maxFrameBytes: 1\n');
      for (const command of [deploy, 'rolling_update.sh --no-build']) {
        const { code, stderr } = await deployment.script(command);
        expect(code).toBeGreaterThan(0);
        expect(stderr.trim().split('\n').at(-1)).toMatch(/left alone: config: maxFrameBytes/);
      }
      deployment.write('config.yml', before);
      expect(await deployment.replicas()).toEqual(replicas);
      expect((await deployment.request('GET', '/healthz')).status).toBe(200);
    },
    5 * minutes,
  );

  it(
    'keeps the old gateways when the new ones do not become healthy',
    async () => {
      const replicas = await deployment.replicas();
      const back = deployment.change('MYSQL_PASSWORD', 'another');
      const { code, stderr } = await deployment.script('rolling_update.sh --no-build');
      back();
      expect(code).toBeGreaterThan(0);
      expect(stderr.trim().split('\n').at(-1)).toMatch(/the new gateways are removed, the old ones serve on: .*denied/i);
      expect(await deployment.replicas()).toEqual(replicas);
      expect((await deployment.request('GET', '/healthz')).status).toBe(200);
    },
    5 * minutes,
  );

  it(
    'lets one script work on it at a time, and is not kept by one that was killed',
    async () => {
      // Of a script that works, this process being it.
      deployment.link('.lock', `${process.pid}`);
      for (const command of [deploy, 'scale.sh 2', 'rolling_update.sh', 'backup.sh'])
        await expect(deployment.script(command)).resolves.toMatchObject({
          code: 1,
          stderr: expect.stringMatching(
            /^\w+\.sh: another script works on this installation \(process \d+\): wait until it is done\n$/,
          ) as unknown,
        });
      deployment.remove('.lock');
      deployment.link('.lock', '999999999');
      await deployment.succeed('backup.sh');
      expect(deployment.has('.lock')).toBe(false);
    },
    5 * minutes,
  );

  it(
    'brings no gateway back that has ended, with the settings that it had',
    async () => {
      await deployment.succeed('scale.sh 2');
      const [first] = await deployment.replicas();
      await deployment.docker('kill', first?.id ?? '');
      await deployment.succeed('rolling_update.sh --no-build');
      const replicas = await deployment.replicas();
      expect(replicas).toHaveLength(2);
      expect(replicas.map(({ id }) => id)).not.toContain(first?.id);
      await deployment.succeed('scale.sh 1');
    },
    5 * minutes,
  );

  it(
    'refuses a backup that is not whole, or of something else, and stops nothing for it',
    async () => {
      const file = (await deployment.succeed('backup.sh')).trim();
      deployment.write('half.sql.gz', 'not a backup');
      const ended = await deployment.script(`restore.sh ${deployment.folder}/docker/half.sql.gz --yes`);
      expect(ended.code).toBeGreaterThan(0);
      expect(ended.stderr).toMatch(/is not a whole backup, nothing was changed/);
      deployment.write('other.sql.gz', gzipSync('CREATE TABLE `wordpress` (id int);\n-- Dump completed on 2026-01-01\n'));
      const other = await deployment.script(`restore.sh ${deployment.folder}/docker/other.sql.gz --yes`);
      expect(other.stderr).toMatch(/is not a backup of Parley, nothing was changed/);
      expect((await deployment.script(`restore.sh ${file}`)).stderr).toMatch(/add --yes/);
      expect((await deployment.request('GET', '/healthz')).status).toBe(200);
    },
    5 * minutes,
  );

  it(
    'is told of passwords that are not those of its database, and of an .env that is lost',
    async () => {
      await deployment.docker('compose', 'down');
      const volume = ['volume parley_mysql-data'];
      const back = deployment.change('MYSQL_PASSWORD', 'another');
      await expectOneLine(await deployment.script(deploy), /mysql did not come up: .*denied.*docker\/\.env/i, volume);
      back();
      const env = deployment.read('.env');
      deployment.remove('.env');
      await expectOneLine(await deployment.script(deploy), /docker\/\.env is missing, but the volume parley_mysql-data/, volume);
      deployment.write('.env', env);
      await deployment.succeed(deploy);
      expect((await deployment.request('GET', '/healthz')).status).toBe(200);
    },
    5 * minutes,
  );
});
