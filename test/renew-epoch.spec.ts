import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Database } from '@app/storage';

const root = join(__dirname, '..');
const patienceMs = 120_000;
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'parley-epoch-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

/** Runs the operator's command on the store of the folder; answers what it prints, one way or the other. */
async function renew(): Promise<string> {
  const env = { ...process.env, NODE_ENV: 'development', DATABASE_URL: '', DATA_DIR: dataDir };
  try {
    return (await promisify(execFile)('npm', ['run', '--silent', 'epoch:renew'], { cwd: root, env })).stdout;
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

it(
  'npm run epoch:renew gives the store another epoch, and says why not while a gateway has it',
  async () => {
    const running = await Database.open({ url: '', dataDir });
    const { epoch, id } = running;
    expect(await renew()).toMatch(/^epoch: not renewed: another process uses the store .*; stop it, or .*\n$/);
    expect(await running.readEpoch()).toBe(epoch);
    await running.close();

    expect(await renew()).toMatch(new RegExp(`^epoch: renewed from ${epoch} to \\S+\n$`));
    const next = await Database.open({ url: '', dataDir });
    expect(next.id).toBe(id);
    expect(next.epoch).not.toBe(epoch);
    await next.close();
  },
  patienceMs,
);
