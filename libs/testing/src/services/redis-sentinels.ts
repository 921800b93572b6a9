import { eventually } from '../eventually';
import { RedisServer } from './redis-server';

const name = 'parley-master';
const settings = { 'repl-diskless-sync-delay': 0, 'repl-ping-replica-period': 1, maxmemory: '32mb' };
/** A master that does not answer for so long, in milliseconds, is replaced. */
const downAfterMs = 500;

/** A Redis with a replica, and three Sentinels that put the replica in its place when it is gone. */
export class RedisSentinels {
  private constructor(
    readonly servers: readonly [RedisServer, RedisServer],
    readonly sentinels: readonly RedisServer[],
    /** As it stands in a URL. */
    private readonly password: string,
  ) {}

  /** With a password, the servers ask for it, and the Sentinels for the same one. */
  static async start({ password = '' }: { password?: string } = {}): Promise<RedisSentinels> {
    const started: RedisServer[] = [];
    const begin = async (options: Parameters<typeof RedisServer.start>[0]): Promise<RedisServer> => {
      const server = await RedisServer.start(options);
      started.push(server);
      return server;
    };
    try {
      const secret: Record<string, string> = password ? { requirepass: password, masterauth: password } : {};
      const master = await begin({ settings: { ...settings, ...secret } });
      const replica = await begin({ settings: { ...settings, ...secret, replicaof: `127.0.0.1 ${master.port}` } });
      // A Sentinel asks for the replicas of a master when it begins, and then every ten seconds.
      await eventually(
        async () => String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
        () => 'the replica to follow its master',
      );
      const sentinel = [
        `sentinel monitor ${name} 127.0.0.1 ${master.port} 2`,
        `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
        `sentinel failover-timeout ${name} 3000`,
        ...(password
          ? [`sentinel auth-pass ${name} ${JSON.stringify(password)}`, `sentinel sentinel-pass ${JSON.stringify(password)}`]
          : []),
      ];
      const own: Record<string, string> = password ? { requirepass: password } : {};
      const sentinels = await Promise.all(Array.from({ length: 3 }, () => begin({ sentinel, settings: own })));
      const watched = new RedisSentinels([master, replica], sentinels, encodeURIComponent(password));
      await watched.complete();
      return watched;
    } catch (error) {
      await Promise.all(started.map((server) => server.remove()));
      throw error;
    }
  }

  /** As REDIS_URL takes it. */
  get url(): string {
    const { password, sentinels } = this;
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join();
    return password ? `redis+sentinel://:${password}@${hosts}/${name}?sentinelPassword=${password}` : `redis+sentinel://${hosts}/${name}`;
  }

  /** The server that the Sentinels name. */
  async master(): Promise<RedisServer> {
    const asked = this.sentinels.find(({ running }) => running) as RedisServer;
    const [, port] = (await asked.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)) as [string, string];
    return this.servers.find((server) => server.port === Number(port)) as RedisServer;
  }

  /** Kills the master and answers which it was; the Sentinels have yet to notice. */
  async killMaster(): Promise<RedisServer> {
    const master = await this.master();
    await master.kill();
    return master;
  }

  async remove(): Promise<void> {
    await Promise.all([...this.servers, ...this.sentinels].map((server) => server.remove()));
  }

  /** Waits until every Sentinel knows the replica and the other Sentinels. */
  private async complete(): Promise<void> {
    for (const sentinel of this.sentinels) {
      await eventually(
        async () => {
          const fields = (await sentinel.command('SENTINEL', 'MASTER', name)) as string[];
          const field = (key: string): string | undefined => fields[fields.indexOf(key) + 1];
          return field('num-slaves') === '1' && field('num-other-sentinels') === '2';
        },
        () => 'the Sentinels to know each other',
      );
    }
  }
}
