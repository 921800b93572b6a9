import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build, buildPatienceMs, builtApp } from './built';
import { environment } from './process';

let folder: string;

beforeAll(build, buildPatienceMs);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-migrate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the program beside the gateway's; answers how it ended and what it said. */
async function migrate(env: Readonly<Record<string, string>>): Promise<{ code: number; said: string }> {
  const program = join(dirname(await builtApp('gateway')), 'migrate.js');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: folder, env: environment(env) });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, said: stderr };
  }
}

it('makes the tables and ends, as often as it is run', async () => {
  for (let i = 0; i < 2; i++) expect(await migrate({})).toEqual({ code: 0, said: 'parley: the tables are up to date\n' });
  expect(existsSync(join(folder, 'data/parley.db'))).toBe(true);
});

it('says in one line why it could not, and ends with 1', async () => {
  expect(await migrate({ DATABASE_URL: 'mysql://parley@127.0.0.1:1/parley' })).toEqual({
    code: 1,
    said: expect.stringMatching(/^parley: .*127\.0\.0\.1.*\n$/) as string,
  });
  expect(await migrate({ DATABASE_URL: 'postgres://x' })).toEqual({
    code: 1,
    said: expect.stringMatching(/^config: databaseUrl .*\n$/) as string,
  });
});
