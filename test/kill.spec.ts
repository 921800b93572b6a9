import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { c2cConversation, groupConversation } from '@app/protocol';
import { MariaServer, type Person, type TestClient, freePort, withSeed, eventually } from '@app/testing';
import { build, buildPatienceMs, isAlive } from './built';
import { Chatter, type Target, sumOf } from './chatter';
import { readLog, reconnect } from './follower';
import { expectAllTold } from './testimony';
import { GatewayProcess, environment, runToEnd } from './process';

const inFlight = 25;

beforeAll(build, buildPatienceMs);

describe('a gateway that is killed under load', () => {
  it('has every acked message exactly once at its seq, and those who come back miss nothing and hear nothing twice', async () => {
    await withSeed(async (random) => {
      const gateway = await GatewayProcess.start();
      const everybody: Chatter[] = [];
      try {
        const people = await Promise.all(Array.from({ length: 20 }, (_, i) => gateway.person(`u${String(i).padStart(2, '0')}`)));
        const ears = await Promise.all(Array.from({ length: 8 }, (_, i) => gateway.person(`ear${i}`)));
        const groups: Target[] = [];
        for (let g = 0; g < 4; g++) {
          const members = [...people.filter((_, i) => i % 4 === g), ...ears.filter((_, i) => i % 4 === g)];
          const groupId = await gateway.group(members[0] as Person, members.slice(1));
          groups.push({ groupId, convId: groupConversation(groupId).convId });
        }
        const chatters = people.map((person, i) => {
          const c2c = { convId: c2cConversation(person.id, (people[i ^ 1] as Person).id).convId };
          const targets = [groups[i % 4] as Target, c2c];
          return new Chatter(person, { urls: [gateway.ws], writesTo: targets, follows: targets, random });
        });
        const listeners = ears.map(
          (person, i) => new Chatter(person, { urls: [gateway.ws], writesTo: [], follows: [groups[i % 4] as Target], random }),
        );
        everybody.push(...chatters, ...listeners);
        const acks = () => chatters.reduce((sum, { acked }) => sum + acked.size, 0);

        for (let kill = 1; kill <= 5; kill++) {
          const goal = acks() + 200 + random.below(1_300);
          await eventually(
            () => acks() >= goal,
            () => `${goal} acks, there are ${acks()}.\n${gateway.said}`,
          );
          if (kill === 5) break;
          await sleep(random.below(20));
          await gateway.end('SIGKILL');
          await gateway.start();
        }
        for (const chatter of chatters) chatter.stopWriting();
        await eventually(
          () => chatters.every(({ idle }) => idle),
          () => `the last acks.\n${gateway.said}`,
        );

        const messages = await expectAllTold(everybody, gateway.ws);
        const [resent, duplicates] = [sumOf(chatters, 'resent'), sumOf(chatters, 'duplicates')];
        expect(resent).toBeGreaterThan(0);
        process.stdout.write(`4 kills, ${messages} messages, ${resent} sent again, ${duplicates} of them stored already\n`);
      } finally {
        await Promise.allSettled(everybody.map((one) => one.close()));
        await gateway.remove();
      }
    });
  }, 90_000);
});

describe('a gateway that is told to stop', () => {
  it('says closing, closes with 1012, ends with 0 within its grace, and keeps every acked message', async () => {
    const graceMs = 5_000;
    const gateway = await GatewayProcess.start({ env: { PARLEY_SHUTDOWN_GRACE_MS: String(graceMs), PARLEY_DRAIN_MS: '500' } });
    try {
      const people = await Promise.all(Array.from({ length: 10 }, (_, i) => gateway.person(`u${i}`)));
      const groupId = await gateway.group(people[0] as Person, people.slice(1));
      const clients = await Promise.all(people.map((person) => reconnect(gateway.ws, person, 'phone')));
      const acked = new Map<string, number>();
      let writing = true;
      let others = '';
      const write = async (client: TestClient, i: number): Promise<void> => {
        for (let n = 0; writing && client.socket.readyState === client.socket.OPEN; n++) {
          await Promise.all(
            Array.from({ length: inFlight }, (_, k) => `m${n}-${k}`).map((key) =>
              client.say({ groupId }, key, key).then(
                ({ seq }) => acked.set(`u${i} ${key}`, seq),
                (error: Error) => (others += /closed/.test(error.message) ? '' : `${error.message}\n`),
              ),
            ),
          );
        }
      };
      const writers = clients.map(write);
      await eventually(
        () => acked.size > 500,
        () => '500 acks',
      );
      const startedAt = performance.now();
      const ended = gateway.end('SIGTERM');
      const closes = await Promise.all(clients.map((client) => client.closed));
      const { code, stderr } = await ended;
      const tookMs = performance.now() - startedAt;
      writing = false;
      await Promise.all(writers);

      expect(others).toBe('');
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(graceMs);
      expect(closes.map((close) => close.code)).toEqual(closes.map(() => 1012));
      for (const client of clients)
        expect(client.all('closing')).toEqual([{ reconnectInMs: expect.any(Number) as number, reason: 'restart' }]);
      await gateway.start();
      const reader = await reconnect(gateway.ws, people[0] as Person, 'phone');
      const log = await readLog(reader, groupConversation(groupId).convId);
      reader.cut();
      const stored = new Map(log.map(({ seq, from, clientMsgId }) => [`${from} ${clientMsgId}`, seq]));
      expect([...acked].filter(([key, seq]) => stored.get(key) !== seq)).toEqual([]);
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
    } finally {
      await gateway.remove();
    }
  });

  it('stops by SIGINT too, with nobody connected', async () => {
    const gateway = await GatewayProcess.start();
    try {
      expect(await gateway.end('SIGINT')).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await gateway.remove();
    }
  });

  it('ends within its grace although its store hangs, with sends under way', async () => {
    const graceMs = 8_000;
    const maria = await MariaServer.start();
    const gateway = await GatewayProcess.start({
      env: { DATABASE_URL: await maria.database(), PARLEY_SHUTDOWN_GRACE_MS: String(graceMs), PARLEY_DRAIN_MS: '500' },
    });
    try {
      const [alice, bob] = [await gateway.person('alice'), await gateway.person('bob')];
      const client = await reconnect(gateway.ws, alice, 'phone');
      await client.say({ to: bob.id }, 'before');
      maria.pause();
      const sends = Array.from({ length: 50 }, (_, i) => client.say({ to: bob.id }, `${i}`));
      const startedAt = performance.now();
      const { code } = await gateway.end('SIGTERM');
      // What the machine itself takes to end a process is not the gateway's.
      expect(performance.now() - startedAt).toBeLessThan(graceMs * 1.1);
      expect(code).toBe(0);
      expect((await Promise.allSettled(sends)).every(({ status }) => status === 'rejected')).toBe(true);
    } finally {
      maria.resume();
      await gateway.remove();
      await maria.remove();
    }
  });

  it('leaves no process and no listener behind when npm start is told to stop', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-npm-'));
    const port = await freePort();
    const configFile = join(folder, 'config.yml');
    writeFileSync(configFile, `port: ${port}\n`);
    const npm = spawn('npm', ['start'], {
      cwd: join(__dirname, '..'),
      env: environment({ CONFIG_FILE: configFile, DATA_DIR: join(folder, 'data') }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const group = -(npm.pid as number);
    try {
      let said = '';
      npm.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      npm.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await eventually(
        () => /Parley is listening/.test(said) || npm.exitCode !== null,
        () => `npm start:\n${said}`,
        90_000,
      );
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);

      npm.kill('SIGTERM');
      const [code] = (await once(npm, 'exit')) as [number | null];

      expect(isAlive(group)).toBe(false);
      await expect(fetch(`http://127.0.0.1:${port}/readyz`)).rejects.toThrow('fetch failed');
      expect(code).toBe(0);
    } finally {
      if (isAlive(group)) process.kill(group, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

describe('a gateway that cannot start', () => {
  let gateway: GatewayProcess;
  let folder: string;

  beforeAll(async () => {
    gateway = await GatewayProcess.start();
    folder = mkdtempSync(join(tmpdir(), 'parley-refused-'));
    mkdirSync(join(folder, 'a folder.yml'));
    writeFileSync(join(folder, 'broken.yml'), 'port: [1, 2\n');
    writeFileSync(join(folder, 'text'), 'no folder');
  });
  afterAll(async () => {
    await gateway.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each<[string, () => Record<string, string>, RegExp]>([
    ['a value that does not fit', () => ({ PORT: 'eighty' }), /^config: port = "eighty" \(from environment PORT\): expected /],
    ['a file that cannot be read', () => ({ CONFIG_FILE: 'a folder.yml' }), /^config: CONFIG_FILE = "a folder.yml" .*EISDIR/],
    ['a file that is not there', () => ({ CONFIG_FILE: 'none.yml' }), /^config: CONFIG_FILE = "none.yml" .*ENOENT/],
    ['a file that is no YAML', () => ({ CONFIG_FILE: 'broken.yml' }), /^config: broken.yml line \d+, column \d+: /],
    [
      'a secret that is too short in production',
      () => ({ NODE_ENV: 'production', JWT_SECRET: 'short' }),
      /^config: jwtSecret = \S+ .*32 characters/,
    ],
    ['Kafka without what consumers need', () => ({ KAFKA_BROKERS: 'localhost:9092' }), /^config: kafkaBrokers is set.*redisUrl/],
    ['a data folder that is a file', () => ({ DATA_DIR: 'text' }), /^parley: .*text/],
    ['a data folder in use', () => ({ DATA_DIR: gateway.dataDir }), /^parley: another process uses the store .*data.parley\.db/],
    ['a port in use', () => ({ PORT: String(gateway.port) }), /^parley: cannot listen on 127\.0\.0\.1:\d+: another program listens there/],
    ['a store that is not there', () => ({ DATABASE_URL: 'mysql://root@127.0.0.1:1/parley' }), /^parley: .*127\.0\.0\.1:1/],
  ])('says why in one line and ends with 1: %s', async (_, env, reason) => {
    const exit = await runToEnd({ DATA_DIR: 'data', PORT: '0', ...env() }, folder);

    expect(exit).toMatchObject({ code: 1, stdout: '' });
    expect(exit.stderr).toMatch(reason);
    expect(exit.stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
