import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createSigner } from 'fast-jwt';
import { type Answer, type Person, eventually } from '@app/testing';

const root = join(__dirname, '../..');
const execute = promisify(execFile);
const commandMs = 600_000;

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a shell has, as far as Docker needs it. */
function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '', HOME = '', DOCKER_HOST, DOCKER_CONFIG } = process.env;
  const engine = { ...(DOCKER_HOST ? { DOCKER_HOST } : {}), ...(DOCKER_CONFIG ? { DOCKER_CONFIG } : {}) };
  return { PATH, HOME, ...engine, ...more };
}

/** Runs a command to its end, whatever its status is. */
async function run(file: string, args: readonly string[], options: { cwd: string; env?: Record<string, string> }): Promise<Ended> {
  const env = environment(options.env);
  try {
    const said = await execute(file, args, { cwd: options.cwd, env, timeout: commandMs, maxBuffer: 64 * 1024 * 1024 });
    return { code: 0, ...said };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { code: typeof code === 'number' ? code : -1, stdout, stderr };
  }
}

/** A container of the project. */
export interface Replica {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

/** What an operator has: a clone of this repository in a folder of its own, and the Docker engine of this machine. */
export class Deployment {
  readonly http = 'http://localhost:8080';
  readonly ws = 'ws://localhost:8080';

  private constructor(readonly folder: string) {}

  /** Copies what a clone would have, with what is not committed yet. Throws when an installation runs on this engine already. */
  static async clone(): Promise<Deployment> {
    const deployment = new Deployment(mkdtempSync(join(tmpdir(), 'parley-deploy-')));
    const left = await deployment.leftovers();
    if (left.length > 0) throw new Error(`an installation is on this engine, which these tests would remove: ${left.join(', ')}`);
    const files = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split('\0');
    for (const file of files.filter(Boolean)) {
      const to = join(deployment.folder, file);
      // As a careful umask makes them.
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
      cpSync(join(root, file), to);
    }
    return deployment;
  }

  /** Runs a script of `docker/` from another folder. */
  script(command: string, env: Record<string, string> = {}): Promise<Ended> {
    const [name = '', ...args] = command.split(' ');
    return run(join(this.folder, 'docker', name), args, { cwd: tmpdir(), env });
  }

  /** The same. Throws with all it said when it fails. */
  async succeed(command: string, env: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.script(command, env);
    if (code !== 0) throw new Error(`${command} ended with ${code}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** The same, by somebody who presses Ctrl-C, or kills it, once something is so. */
  async interrupted(command: string, when: () => Promise<boolean>, signal: NodeJS.Signals = 'SIGINT'): Promise<Ended> {
    const [name = '', ...args] = command.split(' ');
    // In a group of its own, as the shell of a terminal starts it: all processes of the group get the signal.
    const child = spawn(join(this.folder, 'docker', name), args, { cwd: tmpdir(), env: environment(), detached: true });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (text: Buffer) => (said.stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said.stderr += text.toString()));
    const ended = once(child, 'close') as Promise<[number | null]>;
    await eventually(when, () => `the moment to stop ${command}, which said: ${said.stdout}${said.stderr}`, commandMs);
    process.kill(-(child.pid ?? NaN), signal);
    const [code] = await ended;
    return { code: code ?? -1, ...said };
  }

  docker(...args: readonly string[]): Promise<Ended> {
    return run('docker', args, { cwd: join(this.folder, 'docker') });
  }

  /** A file of `docker/`. */
  read(name: string): string {
    return readFileSync(join(this.folder, 'docker', name), 'utf8');
  }

  write(name: string, text: string | Buffer): void {
    writeFileSync(join(this.folder, 'docker', name), text);
  }

  /** Whether there is such a file, or a link of that name. */
  has(name: string): boolean {
    return lstatSync(join(this.folder, 'docker', name), { throwIfNoEntry: false }) !== undefined;
  }

  link(name: string, target: string): void {
    symlinkSync(target, join(this.folder, 'docker', name));
  }

  remove(name: string): void {
    rmSync(join(this.folder, 'docker', name));
  }

  /** Puts another value into docker/.env, and answers what puts the old one back. */
  change(name: string, value: string): () => void {
    const before = this.read('.env');
    this.write('.env', before.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`));
    return () => this.write('.env', before);
  }

  /** What MySQL answers to root, one row a line. */
  async sql(statement: string, service = 'mysql'): Promise<string> {
    const mysql = `MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql -h 127.0.0.1 -u root -N -e "${statement}"`;
    const { code, stdout, stderr } = await this.docker('exec', `parley-${service}-1`, 'sh', '-c', mysql);
    if (code !== 0) throw new Error(`MySQL: ${stderr}`);
    return stdout.trim();
  }

  /** Puts a line into docker/.env, and answers what puts the old file back. */
  add(line: string): () => void {
    const before = this.read('.env');
    this.write('.env', `${before}${line}\n`);
    return () => this.write('.env', before);
  }

  /** The gateways that run, or the containers of another service. */
  async replicas(service = 'app'): Promise<Replica[]> {
    const filter = ['--filter', 'label=com.docker.compose.project=parley', '--filter', `label=com.docker.compose.service=${service}`];
    const { stdout } = await this.docker('ps', '-q', '--no-trunc', ...filter);
    const ids = stdout.split('\n').filter(Boolean);
    return Promise.all(
      ids.map(async (id) => {
        const format = '{{.Name}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
        const [name = '', address = ''] = (await this.docker('inspect', '-f', format, id)).stdout.trim().split(' ');
        return { id, name, address };
      }),
    );
  }

  /** Health of every container of the project, by name. */
  async health(): Promise<Record<string, string>> {
    const filter = ['--filter', 'label=com.docker.compose.project=parley'];
    const { stdout } = await this.docker('ps', '-a', '--format', '{{.Names}} {{.Status}}', ...filter);
    const lines = stdout.split('\n').filter(Boolean);
    return Object.fromEntries(lines.map((line): [string, string] => [line.split(' ')[0] ?? line, /\((.*)\)$/.exec(line)?.[1] ?? line]));
  }

  /** A metric of a gateway, or of what tells it at another port, as it is told inside. */
  async metric(replica: Replica, name: string, port = 8080): Promise<number> {
    const script = `fetch('http://${replica.address}:${port}/metrics').then((a) => a.text()).then((t) => console.log(t))`;
    const { stdout } = await this.docker('exec', (await this.replicas())[0]?.id ?? '', 'node', '-e', script);
    const line = stdout.split('\n').find((one) => one.startsWith(`${name} `));
    if (line === undefined) throw new Error(`${replica.name} has no metric ${name}`);
    return Number(line.slice(name.length + 1));
  }

  /** Containers, networks and volumes of the project. */
  async leftovers(): Promise<string[]> {
    const filter = ['--filter', 'label=com.docker.compose.project=parley'];
    const lists = await Promise.all([
      run('docker', ['ps', '-a', '--format', 'container {{.Names}}', ...filter], { cwd: this.folder }),
      run('docker', ['network', 'ls', '--format', 'network {{.Name}}', ...filter], { cwd: this.folder }),
      run('docker', ['volume', 'ls', '--format', 'volume {{.Name}}', '--filter', 'name=parley_'], { cwd: this.folder }),
    ]);
    const failed = lists.find(({ code }) => code !== 0);
    if (failed) throw new Error(`these tests need a Docker engine: ${failed.stderr}`);
    return lists.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
  }

  /** A token as an embedding product makes it. */
  token(id: string): string {
    const [, key = ''] = /^JWT_SECRET=(.*)$/m.exec(this.read('.env')) ?? [];
    return createSigner({ key, algorithm: 'HS256' })({ sub: id });
  }

  /** A user that an embedding product signed in; the account is made on first sight. */
  async person(id: string): Promise<Person> {
    const person = { id, token: this.token(id) };
    const { status } = await this.request('GET', '/api/users/me', undefined, person);
    if (status !== 200) throw new Error(`${id} was answered ${status}`);
    return person;
  }

  /** A group of the owner and the others. */
  async group(owner: Person, others: readonly Person[]): Promise<string> {
    const body = { name: 'a group', memberIds: others.map(({ id }) => id) };
    return (await this.request<{ groupId: string }>('POST', '/api/groups', body, owner)).body.groupId;
  }

  /** Asks through Nginx. */
  async request<T = Record<string, unknown>>(method: string, path: string, body?: unknown, person?: Person): Promise<Answer<T>> {
    const response = await fetch(`${this.http}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(person ? { authorization: `Bearer ${person.token}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, body: (json && text ? (JSON.parse(text) as T) : {}) as T, headers: response.headers };
  }

  /** Removes everything of the project from the engine, its data included, and the clone. */
  async destroy(): Promise<void> {
    for (const what of await this.leftovers()) {
      const [kind = '', name = ''] = what.split(' ');
      await this.docker(kind, 'rm', ...(kind === 'network' ? [] : ['-f']), name);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
