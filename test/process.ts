import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSigner } from 'fast-jwt';
import { type Answer, type Person, freePort } from '@app/testing';
import { type App, builtApp } from './built';

const jwtSecret = 'the secret of the processes under test';
/** A consumer waits for its place in the group, which one that was killed holds for ten seconds. */
const startPatienceMs = 60_000;
const portNames = { gateway: 'PORT', 'group-consumer': 'CONSUMER_PORT' } as const;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start. */
export interface StartOptions {
  /** Environment on top of a port, a data folder, a secret and wide send limits. */
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
}

/** A built program as a process of its own, on a port and a folder that survive its death. */
class AppProcess {
  private child!: ChildProcess;
  private exit!: Promise<Exit>;
  private out = '';
  private err = '';

  protected constructor(
    private readonly app: App,
    readonly folder: string,
    readonly port: number,
    private readonly options: StartOptions,
  ) {}

  get http(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  /** Everything the process has said since its last start. */
  get said(): string {
    return `stdout:\n${this.out}\nstderr:\n${this.err}`;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Starts again after an end, on the same port and folder, and waits until ready. */
  async start(): Promise<void> {
    const { env = {}, nodeArgs = [] } = this.options;
    this.out = '';
    this.err = '';
    this.child = spawn(process.execPath, [...nodeArgs, await builtApp(this.app)], {
      cwd: this.folder,
      env: environment({ [portNames[this.app]]: String(this.port), DATA_DIR: this.dataDir, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.exit = once(this.child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.out,
      stderr: this.err,
    }));
    await this.ready();
  }

  /** How it ended, once it has. */
  get ended(): Promise<Exit> {
    return this.exit;
  }

  /** Sends a signal and waits for the end. */
  async end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<Exit> {
    this.child.kill(signal);
    return this.exit;
  }

  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends the process, if it runs, and removes its folder. */
  async remove(): Promise<void> {
    if (this.running) await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The value of a metric, its labels included in the name; one with labels that nothing has counted yet is 0. */
  async metric(name: string): Promise<number> {
    const lines = (await (await fetch(`${this.http}/metrics`)).text()).split('\n');
    const line = lines.find((one) => one.startsWith(`${name} `));
    if (line !== undefined) return Number(line.slice(name.length + 1));
    if (!name.includes('{')) throw new Error(`there is no metric ${name}`);
    return 0;
  }

  private async ready(): Promise<void> {
    const deadline = Date.now() + startPatienceMs;
    while (this.running && Date.now() < deadline) {
      const answer = await fetch(`${this.http}/readyz`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.status === 200) return;
      await sleep(20);
    }
    if (this.running) await this.end('SIGKILL');
    throw new Error(`the ${this.app} did not get ready.\n${this.said}`);
  }
}

/** The real gateway. */
export class GatewayProcess extends AppProcess {
  /** Starts it and waits until it is ready. Throws with all it said when it is not. */
  static async start(options: StartOptions = {}): Promise<GatewayProcess> {
    const gateway = new GatewayProcess('gateway', temporaryFolder(), await freePort(), options);
    await gateway.start();
    return gateway;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** A user that an embedding product signed in; the account is made on first sight. */
  async person(id: string): Promise<Person> {
    const sign = createSigner({ key: jwtSecret, algorithm: 'HS256' });
    const person = { id, token: sign({ sub: id }) };
    const { status } = await this.request('GET', '/api/users/me', undefined, person);
    if (status !== 200) throw new Error(`${id} was answered ${status}`);
    return person;
  }

  /** A group of the owner and the others. */
  async group(owner: Person, others: readonly Person[] = []): Promise<string> {
    const { body } = await this.request<{ groupId: string }>(
      'POST',
      '/api/groups',
      { name: 'a group', memberIds: others.map(({ id }) => id) },
      owner,
    );
    return body.groupId;
  }

  async request<T = Record<string, unknown>>(method: string, path: string, body?: unknown, person?: Person): Promise<Answer<T>> {
    const response = await fetch(`${this.http}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(person ? { authorization: `Bearer ${person.token}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as T, headers: response.headers };
  }
}

/** The real group consumer. */
export class ConsumerProcess extends AppProcess {
  /** Starts it and waits until it is ready. Throws with all it said when it is not. */
  static async start(options: StartOptions = {}): Promise<ConsumerProcess> {
    const consumer = new ConsumerProcess('group-consumer', temporaryFolder(), await freePort(), options);
    await consumer.start();
    return consumer;
  }
}

/** Runs the gateway with an environment of which it is not expected to come up, and waits for its end. */
export async function runToEnd(env: Readonly<Record<string, string>>, cwd: string): Promise<Exit> {
  const child = spawn(process.execPath, [await builtApp('gateway')], { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), startPatienceMs);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  return { code, signal, stdout, stderr };
}

const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'parley-process-'));

/** The environment of a program under test. */
export function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, HOST: '127.0.0.1', JWT_SECRET: jwtSecret, WSSendQPS: '100000', WSSendBurst: '100000', LOG_LEVEL: 'warn', ...env };
}
