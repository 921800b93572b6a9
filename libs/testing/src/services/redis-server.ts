import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port';
import { installed } from './installed';
import { ServerProcess } from './server-process';

/** How a Redis of a test is set up. */
export interface RedisOptions {
  /** On top of its own settings. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** It is no Redis but a Sentinel: the lines of its configuration. */
  readonly sentinel?: readonly string[];
}

/** A Redis of a test, alone on a port of 127.0.0.1. It keeps nothing: what it held is gone when it ends. */
export class RedisServer {
  private constructor(
    private readonly process: ServerProcess,
    private readonly program: string,
    readonly port: number,
    private readonly options: RedisOptions,
  ) {}

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const command = await installed({ names: ['redis-server'], package: 'redis-server', variable: 'TEST_REDIS_URL' });
    const server = new RedisServer(new ServerProcess('redis'), command, await freePort(), options);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  get url(): string {
    const { requirepass = '' } = this.options.settings ?? {};
    return `redis://${requirepass ? `:${encodeURIComponent(requirepass)}@` : ''}127.0.0.1:${this.port}`;
  }

  get running(): boolean {
    return this.process.running;
  }

  /** Sends one command on a connection of its own. Throws when the server does not take it. */
  async command(name: string, ...args: readonly (string | number)[]): Promise<unknown> {
    const { Redis } = await import('ioredis');
    // After a refusal ioredis keeps the process alive for its whole disconnectTimeout.
    const once = { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, disconnectTimeout: 10 };
    const redis = new Redis(this.url, once);
    // The command fails with the same reason.
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await redis.call(name, ...args);
    } finally {
      redis.disconnect();
    }
  }

  /** Ends at once, as in a crash. */
  kill(): Promise<void> {
    return this.process.end('SIGKILL');
  }

  /** Ends in good order. */
  stop(): Promise<void> {
    return this.process.end('SIGTERM');
  }

  /** Starts again after an end, empty, on the same port. */
  async start(): Promise<void> {
    const own = { port: this.port, bind: '127.0.0.1', dir: this.process.folder };
    const { sentinel, settings } = this.options;
    let args = asArguments({ ...own, save: '', appendonly: 'no', daemonize: 'no', ...settings });
    if (sentinel) {
      // It writes there what it learns.
      const file = join(this.process.folder, 'sentinel.conf');
      writeFileSync(file, sentinel.map((line) => `${line}\n`).join(''));
      args = [file, '--sentinel', ...asArguments({ ...own, ...settings })];
    }
    await this.process.start({ name: 'redis-server', command: this.program, args, answers: () => this.command('PING') });
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Connections stay open, and nothing answers until `resume`. */
  pause(): void {
    this.process.pause();
  }

  resume(): void {
    this.process.resume();
  }

  /** Ends, if it runs, and removes its folder. */
  remove(): Promise<void> {
    return this.process.remove();
  }
}

function asArguments(settings: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]);
}
