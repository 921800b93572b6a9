import { freePort } from './free-port';
import { installed } from './installed';
import { ServerProcess } from './server-process';

/** A Redis of a test, alone on a port of 127.0.0.1. It keeps nothing: what it held is gone when it ends. */
export class RedisServer {
  private constructor(
    private readonly process: ServerProcess,
    private readonly program: string,
    readonly port: number,
  ) {}

  static async start(): Promise<RedisServer> {
    const command = await installed({ names: ['redis-server'], package: 'redis-server', variable: 'TEST_REDIS_URL' });
    const server = new RedisServer(new ServerProcess('redis'), command, await freePort());
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
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
    const settings = { port: this.port, bind: '127.0.0.1', dir: this.process.folder, save: '', appendonly: 'no', daemonize: 'no' };
    await this.process.start({
      name: 'redis-server',
      command: this.program,
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]),
      answers: () => this.command('PING'),
    });
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
