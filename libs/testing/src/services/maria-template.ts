import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installed } from './installed';

const run = promisify(execFile);

/** Settings that a data folder is made with and must be served with. */
export const filesOf = (datadir: string): readonly string[] => [
  '--no-defaults',
  ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  `--datadir=${datadir}`,
  '--skip-name-resolve',
  '--innodb-log-file-size=16M',
  '--innodb-buffer-pool-size=64M',
  '--innodb-data-file-path=ibdata1:4M:autoextend',
  '--innodb-temp-data-file-path=ibtmp1:4M:autoextend',
  '--loose-innodb-autoextend-increment=4',
  '--aria-log-file-size=8M',
  '--aria-pagecache-buffer-size=8M',
];

/** Whom tests connect as: no superuser, so a read-only server refuses its writes as it would refuse the product's. */
export const account = { user: 'parley', password: 'parley' } as const;

/** Whom a replica connects as. */
export const replicaAccount = { user: 'replica', password: 'replica' } as const;

// The server reads one statement per line here.
const accounts = [
  'FLUSH PRIVILEGES;',
  `CREATE USER '${account.user}'@'127.0.0.1' IDENTIFIED BY '${account.password}';`,
  `GRANT ALL PRIVILEGES ON \`%\`.* TO '${account.user}'@'127.0.0.1';`,
  `CREATE USER '${replicaAccount.user}'@'127.0.0.1' IDENTIFIED BY '${replicaAccount.password}';`,
  `GRANT REPLICATION SLAVE ON *.* TO '${replicaAccount.user}'@'127.0.0.1';`,
  '',
].join('\n');

/** MariaDB's server on this machine. */
export function mariadbd(): Promise<string> {
  return installed({ names: ['mariadbd', 'mysqld'], package: 'mariadb-server', variable: 'TEST_MYSQL_URL' });
}

/**
 * A data folder with the system's tables and the accounts of tests, to be copied, never served. It is made once for each version of
 * the server and kept in the system's temporary folder.
 */
export async function mariaTemplate(): Promise<string> {
  const server = await mariadbd();
  const { stdout: version } = await run(server, ['--no-defaults', '--version']);
  if (!version.includes('MariaDB')) throw new Error(`${server} is no MariaDB: install the package mariadb-server, or set TEST_MYSQL_URL`);
  const recipe = createHash('sha256')
    .update([version, ...filesOf(''), accounts].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const template = join(tmpdir(), `parley-mariadb-template-${userInfo().username}-${recipe}`);
  if (existsSync(template) && statSync(template).uid === userInfo().uid) return template;
  // Made aside and then renamed: whoever comes meanwhile makes one too, and finds either none or a whole one.
  const aside = mkdtempSync(`${template}.`);
  try {
    const installer = await installed({
      names: ['mariadb-install-db', 'mysql_install_db'],
      package: 'mariadb-server',
      variable: 'TEST_MYSQL_URL',
    });
    const normal = ['--auth-root-authentication-method=normal', '--skip-test-db', '--loose-innodb-flush-method=nosync'];
    await run(installer, [...filesOf(aside), ...normal], { cwd: dirname(aside) });
    await bootstrap(server, aside);
    renameSync(aside, template);
  } catch (error) {
    // A rename onto a folder with something in it fails: then somebody else was faster.
    if (!existsSync(template)) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return template;
}

/** Lets a server run the statements about accounts on a folder, without ever listening. */
async function bootstrap(server: string, datadir: string): Promise<void> {
  const child = spawn(server, [...filesOf(datadir), '--bootstrap', '--loose-innodb-flush-method=nosync'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.on('error', () => undefined).end(accounts);
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`mariadbd made no accounts: ${said}`);
}
