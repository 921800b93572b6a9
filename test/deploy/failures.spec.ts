import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { eventually } from '@app/testing';
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

/** A server at a port that nobody else has here. */
async function listening(address = '127.0.0.1'): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
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

  it('an overlay that is mistyped, before any file is made', async () => {
    await expectOneLine(await deployment.script(`${deploy} kafak`), /there is no overlay kafak/);
    expect(['.env', 'config.yml', '.lock'].filter((name) => deployment.has(name))).toEqual([]);
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

  it('a port of one address that is busy', async () => {
    const { server, port } = await listening();
    const back = deployment.add(`PUBLISH_ADDRESS=127.0.0.1\nHTTP_PORT=${port}`);
    try {
      const line = new RegExp(`port ${port} is taken by another program: stop it, or choose another port with HTTP_PORT=${port + 10}`);
      await expectOneLine(await deployment.script(deploy), line);
    } finally {
      back();
      server.close();
    }
  });

  it('an address where a port is to be', async () => {
    const back = deployment.add('HTTP_PORT=127.0.0.1:8090');
    await expectOneLine(await deployment.script(deploy), /\(in docker\/\.env, the address of a port is PUBLISH_ADDRESS=127\.0\.0\.1\)$/);
    back();
  });

  it.each([
    ['HTTP_PORT=80a', 'a port: expected a whole number from 1 to 65535'],
    ['HTTPS_PORT=70000', 'a port: expected a whole number from 1 to 65535'],
    ['PUBLISH_ADDRESS=localhost', 'an IPv4 address: expected one of this machine, such as 127.0.0.1'],
    ['PUBLISH_ADDRESS=::1', 'an IPv4 address: expected one of this machine, such as 127.0.0.1'],
    ['PARLEY_NET=10.1.2.0', 'the first three numbers of a network, such as 10.1.2'],
  ])('%s, which no container could be given', async (assignment, words) => {
    const back = deployment.add(assignment);
    const { code, stderr } = await deployment.script(deploy);
    back();
    expect([code, stderr]).toEqual([1, `${deploy}: ${assignment} in docker/.env is not ${words}\n`]);
    expect(await deployment.leftovers()).toEqual([]);
  });

  it(
    'a value that only Nginx reads',
    async () => {
      const back = deployment.add('FRONT_PROXIES=abc');
      await expectOneLine(await deployment.script(deploy), /: Nginx would not start: FRONT_PROXIES=abc does not fit: expected addresses/);
      back();
    },
    5 * minutes,
  );

  it('a number of gateways in .env that is none, for every script', async () => {
    const back = deployment.add('APP_REPLICAS=many');
    for (const command of [deploy, 'scale.sh 2', 'rolling_update.sh', 'backup.sh'])
      await expectOneLine(
        await deployment.script(command),
        /^\w+\.sh: APP_REPLICAS=many in docker\/\.env is not a whole number from 1 on$/,
      );
    back();
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
    'somebody who presses Ctrl-C',
    async () => {
      const begun = async () => Object.keys(await deployment.health()).length > 0;
      await expectOneLine(await deployment.interrupted(deploy, begun), /: stopped before it was done$/);
      expect(deployment.has('.lock')).toBe(false);
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
  }, 10 * minutes);

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

  const everything = async () => (await deployment.docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}}')).stdout;

  it.each([
    ['FRONT_PROXIES=abc', 'FRONT_PROXIES=abc does not fit: expected addresses or networks'],
    ['FRONT_PROXIES=10.1.0.0/99', '.*"10\\.1\\.0\\.0/99".* \\(by FRONT_PROXIES or PARLEY_HOSTS of docker/\\.env\\)$'],
    ['CONNECTIONS_PER_ADDRESS=many', 'CONNECTIONS_PER_ADDRESS=many does not fit: expected a whole number'],
    // Of the addresses for examples.
    ['PUBLISH_ADDRESS=203.0.113.7', 'PUBLISH_ADDRESS=203\\.0\\.113\\.7 in docker/\\.env is not an address of this machine$'],
  ])(
    'is left alone, with its Nginx, when docker/.env says %s',
    async (assignment, words) => {
      const before = await everything();
      const back = deployment.add(assignment);
      const { code, stderr } = await deployment.script(deploy);
      back();
      expect(code).toBe(1);
      expect(stderr.trim().split('\n').at(-1)).toMatch(new RegExp(`: Nginx would not start, what runs is left alone: ${words}`));
      expect(await everything()).toBe(before);
      expect((await deployment.request('GET', '/healthz')).status).toBe(200);
    },
    2 * minutes,
  );

  it(
    'is left alone, with its Nginx, when the new port is taken at another address of this machine, where nobody sees it from here',
    async () => {
      const addresses = Object.values(networkInterfaces()).flatMap((those = []) => those);
      const { server, port } = await listening(addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address);
      const before = await everything();
      const back = deployment.add(`HTTP_PORT=${port}`);
      const { code, stderr } = await deployment.script(deploy);
      back();
      server.close();
      expect(code).toBe(1);
      const words = `: Nginx would not start, what runs is left alone: port 0\\.0\\.0\\.0:${port} is taken by another program: stop it, or choose`;
      expect(stderr.trim().split('\n').at(-1)).toMatch(new RegExp(words));
      expect(await everything()).toBe(before);
      expect((await deployment.request('GET', '/healthz')).status).toBe(200);
    },
    2 * minutes,
  );

  it(
    'gets no gateway that Redis does not take',
    async () => {
      const before = await everything();
      const back = deployment.change('REDIS_PASSWORD', 'another');
      for (const command of ['rolling_update.sh --no-build', 'scale.sh 2']) {
        const { code, stderr } = await deployment.script(command);
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(
            /^\w+\.sh: [^\n]*: Redis does not take REDIS_PASSWORD of docker\/\.env: [^\n]*deploy_multi_instance\.sh[^\n]*\n$/,
          ),
        ]);
      }
      back();
      expect(await everything()).toBe(before);
    },
    2 * minutes,
  );

  it(
    'is left alone by every script that would make its network anew for another PARLEY_NET',
    async () => {
      const before = await everything();
      const back = deployment.add('PARLEY_NET=10.207.44');
      const file = (await deployment.succeed('backup.sh')).trim();
      for (const command of [deploy, 'rolling_update.sh --no-build', 'scale.sh 2', `restore.sh ${file} --yes`]) {
        const { code, stderr } = await deployment.script(command);
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(
            /^\w+\.sh: PARLEY_NET says 10\.207\.44\.0\/24, [^\n]* uses 10\.207\.43\.0\/24, and nothing was changed: [^\n]* docker compose down [^\n]*\n$/,
          ),
        ]);
      }
      back();
      expect(await everything()).toBe(before);
      expect((await deployment.request('GET', '/healthz')).status).toBe(200);
    },
    2 * minutes,
  );

  it(
    'keeps its gateways when the new Nginx does not get healthy',
    async () => {
      const replicas = await deployment.replicas();
      const page = deployment.read('nginx/snippets/health.conf');
      deployment.write('nginx/snippets/health.conf', page.replace('return 200', 'return 500'));
      const back = deployment.add('CONNECTIONS_PER_ADDRESS=9999');
      const { code, stderr } = await deployment.script(deploy);
      back();
      deployment.write('nginx/snippets/health.conf', page);
      expect(code).toBe(1);
      expect(stderr.trim().split('\n').at(-1)).toMatch(/: Nginx does not get ready, the gateways are left alone: \S/);
      expect(await deployment.replicas()).toEqual(replicas);
      await deployment.succeed(deploy);
      expect((await deployment.request('GET', '/healthz')).status).toBe(200);
    },
    5 * minutes,
  );

  it(
    'says of the old gateways that they serve on only when they do',
    async () => {
      const dockerfile = deployment.read('Dockerfile');
      const [old] = await deployment.replicas();
      deployment.write('Dockerfile', `${dockerfile}CMD ["node", "-e", "setTimeout(() => process.exit(1), 5000)"]\n`);
      const update = deployment.script('rolling_update.sh');
      await eventually(
        async () => (await deployment.replicas()).length > 1,
        () => 'a new gateway',
        5 * minutes,
      );
      await deployment.docker('kill', old?.id ?? '');
      const { code, stderr } = await update;
      deployment.write('Dockerfile', dockerfile);
      expect(code).toBe(1);
      expect(stderr.trim().split('\n').at(-1)).toMatch(/: the new gateways are removed, but of the 1 old ones 0 serve \(see docker ps\)/);
      await deployment.succeed(deploy);
    },
    5 * minutes,
  );

  it(
    'keeps the old gateways and their version when the new ones do not become healthy',
    async () => {
      const version = async () => (await deployment.docker('image', 'inspect', '-f', '{{.Id}}', 'parley:latest')).stdout;
      const [replicas, before] = [await deployment.replicas(), await version()];
      const dockerfile = deployment.read('Dockerfile');
      deployment.write('Dockerfile', `${dockerfile}CMD ["node", "-e", "console.log('config: no such version'); process.exit(1)"]\n`);
      for (const command of ['rolling_update.sh', deploy]) {
        const { code, stderr } = await deployment.script(command);
        expect(code).toBeGreaterThan(0);
        expect(stderr).toMatch(
          /the new gateways are removed, the old ones serve on and parley:latest is their version: config: no such version$/m,
        );
        expect(await deployment.replicas()).toEqual(replicas);
        expect(await version()).toBe(before);
      }
      deployment.write('Dockerfile', dockerfile);
      expect((await deployment.request('GET', '/healthz')).status).toBe(200);
      // Whoever starts a gateway now gets one that works.
      await deployment.succeed('scale.sh 2');
      await deployment.succeed('scale.sh 1');
    },
    5 * minutes,
  );

  it.each(['MYSQL_PASSWORD', 'MYSQL_ROOT_PASSWORD'])(
    'is left alone when %s is not the one that its database takes',
    async (name) => {
      const health = await deployment.health();
      const database = async () => (await deployment.docker('inspect', '-f', '{{.Id}}', 'parley-mysql-1')).stdout;
      const [before, replicas] = [await database(), await deployment.replicas()];
      const back = deployment.change(name, 'another');
      for (const command of [deploy, 'rolling_update.sh']) {
        const { code, stderr } = await deployment.script(command);
        expect(code).toBeGreaterThan(0);
        expect(stderr).toMatch(
          new RegExp(`^\\w+\\.sh: [^\n]*MySQL denies access with ${name} of docker/\\.env \\([^\n]*put those back[^\n]*\\)\n$`),
        );
      }
      back();
      expect(await database()).toBe(before);
      expect(await deployment.replicas()).toEqual(replicas);
      expect(await deployment.health()).toEqual(health);
    },
    2 * minutes,
  );

  it(
    'is as it was when Ctrl-C stops a scaling, but for gateways that are leaving, and .env says the same',
    async () => {
      const before = await deployment.replicas();
      const number = () => /^APP_REPLICAS=(.*)$/m.exec(deployment.read('.env'))?.[1];
      const more = await deployment.interrupted('scale.sh 3', async () => (await deployment.replicas()).length > before.length);
      expect(more.code).toBeGreaterThan(0);
      expect(more.stderr).toMatch(/stopped before it was done, 1 gateways run as before\n$/);
      expect(await deployment.replicas()).toEqual(before);
      expect(number()).toBe('1');

      await deployment.succeed('scale.sh 3');
      const fewer = await deployment.interrupted('scale.sh 1', async () => (await deployment.replicas()).length < 3);
      expect(fewer).toMatchObject({ code: 0, stderr: '' });
      expect(await deployment.replicas()).toHaveLength(1);
      expect(number()).toBe('1');
    },
    5 * minutes,
  );

  it(
    'lets one script work on it at a time, and is not kept by one that was killed',
    async () => {
      const script = spawn('sleep', ['600'], { argv0: '/srv/parley/docker/scale.sh' });
      await once(script, 'spawn');
      deployment.link('.lock', `${script.pid}`);
      for (const command of [deploy, 'scale.sh 2', 'rolling_update.sh', 'backup.sh'])
        await expect(deployment.script(command)).resolves.toMatchObject({
          code: 1,
          stderr: expect.stringMatching(
            /^\w+\.sh: another script works on this installation \(process \d+\): wait until it is done\n$/,
          ) as unknown,
        });
      script.kill();
      await once(script, 'close');
      await deployment.succeed('backup.sh');
      // The number of a script that was killed is another program's by now.
      deployment.link('.lock', `${process.pid}`);
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
    'keeps both of two backups of one second',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'parley-clock-'));
      writeFileSync(join(folder, 'date'), '#!/bin/sh\necho 20260102T030405Z\n');
      chmodSync(join(folder, 'date'), 0o755);
      const env = { PATH: `${folder}:${process.env.PATH}` };
      try {
        const files = [await deployment.succeed('backup.sh', env), await deployment.succeed('backup.sh', env)];
        expect(files.map((file) => file.trim().split('/').at(-1))).toEqual([
          'parley-20260102T030405Z.sql.gz',
          'parley-20260102T030405Z-2.sql.gz',
        ]);
        for (const file of files) expect(gunzipSync(readFileSync(file.trim())).toString()).toContain('-- Dump completed');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    2 * minutes,
  );

  describe('and a restore that is not done,', () => {
    let file = '';
    const talk = async () => {
      const [alice, bob] = [await deployment.person('alice'), await deployment.person('bob')];
      return {
        say: async (text: string) => {
          const body = { to: bob.id, type: 'text', payload: { text }, clientMsgId: text };
          expect((await deployment.request('POST', '/api/messages', body, alice)).status).toBe(200);
        },
        heard: async () => {
          const path = '/api/messages/history?convId=' + encodeURIComponent('c2c:alice:bob');
          const { body } = await deployment.request<{ messages: { payload: { text: string } }[] }>('GET', path, undefined, alice);
          return body.messages.map(({ payload }) => payload.text).sort();
        },
      };
    };
    const databases = () => deployment.sql(`SHOW DATABASES LIKE 'parley%'`);

    beforeAll(async () => {
      const { say } = await talk();
      await say('before');
      file = (await deployment.succeed('backup.sh')).trim();
      await say('later');
    }, minutes);

    it(
      'has everything when the backup breaks in the middle, and its gateways have served all the time',
      async () => {
        const replicas = await deployment.replicas();
        const tables = gunzipSync(readFileSync(file)).toString('latin1').split('DROP TABLE IF EXISTS');
        const broken = [...tables.slice(0, 4), ' `x`; THIS IS NO SQL;\nDROP TABLE IF EXISTS', ...tables.slice(4)].join(
          'DROP TABLE IF EXISTS',
        );
        deployment.write('broken.sql.gz', gzipSync(Buffer.from(broken, 'latin1')));
        const { code, stderr } = await deployment.script(`restore.sh ${deployment.folder}/docker/broken.sql.gz --yes`);
        expect(code).toBeGreaterThan(0);
        expect(stderr).toMatch(/restore\.sh: the backup cannot be read, the database stays as it is/);
        expect(await deployment.replicas()).toEqual(replicas);
        expect(await (await talk()).heard()).toEqual(['before', 'later']);
        expect(await databases()).toBe('parley');
      },
      2 * minutes,
    );

    it(
      'has everything when it is stopped after the backup has taken its place',
      async () => {
        const replaced = async () =>
          (await deployment.sql(`SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'parley_before'`)) !== '0';
        const { code, stderr } = await deployment.interrupted(`restore.sh ${file} --yes`, replaced);
        expect(code).toBeGreaterThan(0);
        expect(stderr).toMatch(/^restore\.sh: stopped before it was done$/m);
        expect(await (await talk()).heard()).toEqual(['before', 'later']);
        expect(await databases()).toBe('parley');
        // The same, done.
        await deployment.succeed(`restore.sh ${file} --yes`);
        expect(await (await talk()).heard()).toEqual(['before']);
        expect(await databases()).toBe('parley');
      },
      5 * minutes,
    );

    it(
      'is undone or kept, as its operator says, when it was killed with the backup in its place',
      async () => {
        const replaced = async () =>
          (await deployment.sql(`SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'parley_before'`)) !== '0';
        const { say, heard } = await talk();
        await say('later');
        expect((await deployment.script('restore.sh --keep')).stderr).toMatch(/: no restore was killed here: /);
        await deployment.interrupted(`restore.sh ${file} --yes`, replaced, 'SIGKILL');
        const { code, stderr } = await deployment.script(`restore.sh ${file} --yes`);
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /^restore\.sh: a restore was killed [^\n]*parley_before[^\n]* nothing was changed: [^\n]*--undo[^\n]*--keep[^\n]*\n$/,
        );
        expect((await deployment.script('restore.sh --undo')).stderr).toMatch(/add --yes behind --undo/);
        await deployment.succeed('restore.sh --undo --yes');
        expect(await heard()).toEqual(['before', 'later']);
        expect(await databases()).toBe('parley');

        await deployment.interrupted(`restore.sh ${file} --yes`, replaced, 'SIGKILL');
        await deployment.succeed('restore.sh --keep');
        expect(await heard()).toEqual(['before']);
        expect(await databases()).toBe('parley');
      },
      5 * minutes,
    );

    it(
      'is not begun on a disk that has no room for it',
      async () => {
        const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'));
        const disk = String.raw`printf 'Filesystem 1M-blocks Used Available Capacity Mounted\n/dev/vda 9000 8900 100 99%% /var/lib/mysql\n'`;
        writeFileSync(
          join(folder, 'docker'),
          `#!/bin/sh\ncase "$*" in *' df '*) ${disk} ;; *) PATH=\${PATH#*:} exec docker "$@" ;; esac\n`,
        );
        chmodSync(join(folder, 'docker'), 0o755);
        const before = await everything();
        const { code, stderr } = await deployment.script(`restore.sh ${file} --yes`, { PATH: `${folder}:${process.env.PATH}` });
        rmSync(folder, { recursive: true });
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(
            /^restore\.sh: the disk of MySQL has 100 MiB free, and the backup takes up to 256 [^\n]*nothing was changed[^\n]*\n$/,
          ),
        ]);
        expect(await databases()).toBe('parley');
        expect(await everything()).toBe(before);
      },
      minutes,
    );

    it(
      'reads no backup that names a database of its own',
      async () => {
        const whole = gunzipSync(readFileSync(file)).toString('latin1');
        deployment.write('named.sql.gz', gzipSync(Buffer.from(`USE \`parley\`;\n${whole}`, 'latin1')));
        const { code, stderr } = await deployment.script(`restore.sh ${deployment.folder}/docker/named.sql.gz --yes`);
        expect(code).toBeGreaterThan(0);
        expect(stderr).toMatch(/is not a backup of Parley, nothing was changed/);
      },
      minutes,
    );
  });

  it(
    'takes an .env that an editor of Windows saved, and a port of one address',
    async () => {
      const { server, port } = await listening();
      server.close();
      const before = deployment.read('.env');
      const env =
        before.replace(/^APP_REPLICAS=.*\n/m, '') +
        `export HTTP_PORT = "${port}" # for the proxy here\nPUBLISH_ADDRESS=127.0.0.1\nAPP_REPLICAS=2\n`;
      deployment.write('.env', env.replaceAll('\n', '\r\n'));
      expect(await deployment.succeed(deploy)).toContain(`http://localhost:${port}/app`);
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
      expect((await deployment.docker('port', 'parley-nginx-1')).stdout.trim()).toBe(`8080/tcp -> 127.0.0.1:${port}`);
      expect(await deployment.replicas()).toHaveLength(2);
      await deployment.succeed('scale.sh 1');
      expect(await deployment.replicas()).toHaveLength(1);
      // Nothing but that line is another one.
      expect(deployment.read('.env')).toBe(env.replace('APP_REPLICAS=2\n', '').replaceAll('\n', '\r\n') + 'APP_REPLICAS=1\n');
      deployment.write('.env', before);
    },
    5 * minutes,
  );

  it(
    'is told of passwords that are not those of its database, and of an .env that is lost',
    async () => {
      await deployment.docker('compose', 'down');
      const volume = ['volume parley_blobs', 'volume parley_mysql-data'];
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
