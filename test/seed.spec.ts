import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '@app/storage';
import { MariaServer, type Person } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { GatewayProcess, environment } from './process';

const root = join(__dirname, '..');
const patienceMs = 120_000;
const password = 'a password of the crowd';

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Runs the command; `onText` is told of every piece that it prints. */
function seed(env: Record<string, string>, args: readonly string[], onText: (text: string) => void = () => undefined): Run {
  const node = ['-r', 'ts-node/register/transpile-only', '-r', './scripts/aliases.cjs', 'scripts/seed.ts'];
  const child = spawn(process.execPath, [...node, ...args], { cwd: root, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    onText(chunk.toString());
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr })) };
}

/** Members of the group as their rows tell, and as the group counts them. */
async function sizes(url: string, dataDir: string): Promise<number[]> {
  const database = await Database.open({ url, dataDir });
  try {
    const [row] = await database.rows<{ count: number; member_count: number }>(
      `SELECT COUNT(*) AS count, MAX(g.member_count) AS member_count FROM members m
       JOIN \`groups\` g ON g.conversation_id = m.conversation_id WHERE g.id = 'crowd'`,
    );
    return [Number(row?.count), Number(row?.member_count)];
  } finally {
    await database.close();
  }
}

beforeAll(build, buildPatienceMs);

describe.each(['SQLite', 'MariaDB'])('npm run seed on %s', (kind) => {
  let folder: string, maria: MariaServer | undefined, env: Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-seed-'));
    maria = kind === 'MariaDB' ? await MariaServer.start() : undefined;
    env = { DATA_DIR: folder, DATABASE_URL: (await maria?.database()) ?? '' };
  }, patienceMs);
  afterAll(async () => {
    await maria?.remove();
    rmSync(folder, { recursive: true });
  });

  it(
    'makes a group of the size, is stopped and goes on, and its members speak',
    async () => {
      const args = ['--group-size', '8000', '--group-id', 'crowd', '--password', password, '--batch', '100'];
      for (const signal of ['SIGINT', 'SIGKILL'] as const) {
        const run = seed(env, args, (text) => {
          if (/ %  /.test(text)) run.child.kill(signal);
        });
        const { code, stdout } = await run.ended;
        expect([signal, code]).toEqual([signal, signal === 'SIGINT' ? 130 : null]);
        if (signal === 'SIGINT') expect(stdout).toContain('stopped; the same command goes on');
        const [rows, counted] = await sizes(env.DATABASE_URL ?? '', folder);
        expect(rows).toBeGreaterThan(100);
        expect(rows).toBeLessThan(8_000);
        expect(counted).toBe(rows);
      }
      const { code, stdout } = await seed(env, args).ended;
      expect(code).toBe(0);
      expect(stdout).toMatch(/^seed: group crowd \(group:crowd\) has 8,000 members, its owner is seed-0000001$/m);
      expect(await sizes(env.DATABASE_URL ?? '', folder)).toEqual([8_000, 8_000]);

      const gateway = await GatewayProcess.start({ env });
      try {
        for (const username of ['seed-0000001', 'seed-0008000']) {
          const { body } = await gateway.request<{ token: string; userId: string }>('POST', '/api/login', { username, password });
          const person: Person = { id: body.userId, token: body.token };
          const message = { groupId: 'crowd', type: 'text', payload: { text: 'hello' }, clientMsgId: '1' };
          expect(await gateway.request('POST', '/api/messages', message, person)).toMatchObject({ status: 200 });
        }
        const { code, stdout, stderr } = await seed(env, args).ended;
        if (kind === 'SQLite')
          expect([code, stderr]).toEqual([1, expect.stringMatching(/^seed: another process uses the store .*; stop it, or .*\n$/)]);
        else expect([code, stdout]).toEqual([0, expect.stringContaining('has 8,000 members')]);
      } finally {
        await gateway.remove();
      }
    },
    patienceMs,
  );
});

it.each([
  ['--group-size', '2000000'],
  ['--group-id', 'a b'],
  ['--prefix', 'Seed'],
  ['--sise', '5'],
])(
  'npm run seed -- %s %s is answered by one line',
  async (...args) => {
    const { code, stderr } = await seed({ DATA_DIR: '/nonexistent' }, args).ended;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^seed: .+\n$/)]);
  },
  patienceMs,
);
