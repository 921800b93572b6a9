import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const installPatienceMs = 600_000;

/** A program that tests need, and where it comes from. */
export interface Needed {
  /** Its names, the preferred one first. */
  readonly names: readonly string[];
  /** Debian's package. */
  readonly package: string;
  /** The variable that makes it unnecessary, if there is one. */
  readonly variable?: 'TEST_MYSQL_URL' | 'TEST_REDIS_URL' | 'TEST_KAFKA_BROKERS';
}

// One at a time, whoever else asks: the system drops the lock with the process. While it installs, policy-rc.d keeps the package's own
// service from being started, as in an image that is being built.
const install = `
  set -e
  { command -v "$2" >/dev/null || [ -e "$2" ]; } && exit 0
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > $policy
    chmod +x $policy
  fi
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  get="apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
  $get install --no-install-recommends "$1" || { $get update && $get install --no-install-recommends "$1"; }
`;

/**
 * The path of a program. Where it is missing, root on Debian installs its package; anybody else is told in one line what to do.
 */
export async function installed(needed: Needed): Promise<string> {
  const found = findProgram(needed.names);
  if (found !== undefined) return found;
  const [name = ''] = needed.names;
  const instead = needed.variable === undefined ? '' : `, or set ${needed.variable}`;
  const missing = `no ${name} on this machine: install the package ${needed.package}${instead}`;
  await installPackage(needed.package, name, missing);
  const path = findProgram(needed.names);
  if (path === undefined) throw new Error(missing);
  return path;
}

/** The same for a file that is no program. */
export async function installedFile(file: string, fromPackage: string): Promise<void> {
  if (!existsSync(file)) await installPackage(fromPackage, file, `no ${file} on this machine: install the package ${fromPackage}`);
}

/** Installs a package where `thing`, a program or a file of it, is missing. Throws what is `missing` where it cannot. */
async function installPackage(name: string, thing: string, missing: string): Promise<void> {
  if (process.getuid?.() !== 0 || findProgram(['apt-get']) === undefined) throw new Error(missing);
  try {
    const lock = join(tmpdir(), 'parley-install.lock');
    const args = [lock, 'sh', '-c', install, 'sh', name, thing];
    await run('flock', args, { timeout: installPatienceMs, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const said = ((error as { stderr?: string }).stderr ?? '').trim().split('\n').at(-1);
    throw new Error(`${missing} (apt-get could not: ${said || (error as Error).message})`, { cause: error });
  }
}

/** The path of the first of these names that is installed. Servers are often outside the PATH of a user. */
export function findProgram(names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => path.startsWith('/') && existsSync(path));
}
