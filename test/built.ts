import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const root = join(__dirname, '..');
const builds = join(root, 'dist/proof');
const keptMs = 60 * 60_000;

/** A program of this repository. */
export type App = 'gateway' | 'group-consumer';

const built = new Map<App, Promise<string>>();

/**
 * The entry file of a built program. Nest builds it into a folder named after the sources, so one build serves every test file and
 * every run until the sources change, and a running process never loses its files. Throws with the compiler's words.
 */
export function builtApp(app: App): Promise<string> {
  const found = built.get(app) ?? findOrBuild(app);
  built.set(app, found);
  return found;
}

/** For `beforeAll`: a build takes longer than a test may. */
export async function build(): Promise<void> {
  await builtApp('gateway');
}

/** The same, where the group consumer is needed too. */
export async function buildBoth(): Promise<void> {
  await build();
  await builtApp('group-consumer');
}

/** How long `build` may take, on a busy machine. */
export const buildPatienceMs = 120_000;

async function findOrBuild(app: App): Promise<string> {
  const folder = join(builds, `${fingerprint(app)}-${app}`);
  const done = join(folder, 'done');
  const lock = `${folder}.lock`;
  mkdirSync(folder, { recursive: true });
  while (!existsSync(done)) {
    if (!taken(lock)) {
      await sleep(100);
      continue;
    }
    try {
      if (!existsSync(done)) await buildInto(folder, app);
      writeFileSync(done, '');
    } finally {
      rmSync(lock, { force: true });
    }
  }
  return join(folder, `out/apps/${app}/src/main.js`);
}

async function buildInto(folder: string, app: App): Promise<void> {
  forgetOldBuilds();
  const config = join(folder, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({ extends: join(root, `apps/${app}/tsconfig.app.json`), compilerOptions: { outDir: './out' } }));
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const path = config.slice(root.length + 1);
  try {
    await promisify(execFile)(process.execPath, [nest, 'build', app, '--path', path], { cwd: root });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`the ${app} cannot be built:\n${stdout}${stderr}`);
  }
}

/** Takes the lock of a build, also one that its process has left behind. */
function taken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    return false;
  }
}

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function forgetOldBuilds(): void {
  for (const name of readdirSync(builds)) {
    const path = join(builds, name);
    if (statSync(path).mtimeMs < Date.now() - keptMs) rmSync(path, { recursive: true, force: true });
  }
}

function fingerprint(app: App): string {
  const hash = createHash('sha256');
  const files = [`apps/${app}`, 'libs'].flatMap((part) =>
    readdirSync(join(root, part), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes('spec.'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const path of [...files.sort(), join(root, 'tsconfig.json'), join(root, 'nest-cli.json'), join(root, 'package-lock.json')]) {
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}
