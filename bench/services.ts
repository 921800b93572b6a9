import { readFileSync } from 'node:fs';
// The files themselves: the index of that lib brings the whole gateway along.
import { KafkaServer } from '../libs/testing/src/services/kafka-server';
import { MariaServer } from '../libs/testing/src/services/maria-server';
import { RedisServer } from '../libs/testing/src/services/redis-server';

/** A server that is running, by the process whose CPU counts. */
export interface Service<S> {
  readonly server: S;
  readonly pid: number;
}

/** A MariaDB that waits for the disk, a Redis and a Kafka. Each starts when a scenario first asks for it; all that need it share it. */
export class Services {
  private maria: Promise<Service<MariaServer>> | undefined;
  private cache: Promise<Service<RedisServer>> | undefined;
  private broker: Promise<KafkaServer> | undefined;

  mariadb(): Promise<Service<MariaServer>> {
    return (this.maria ??= startMaria());
  }

  redis(): Promise<Service<RedisServer>> {
    return (this.cache ??= startRedis());
  }

  kafka(): Promise<KafkaServer> {
    return (this.broker ??= KafkaServer.start());
  }

  /** Ends what was started and removes what it stored. */
  async end(): Promise<void> {
    await Promise.all([this.maria, this.cache].map(async (service) => (await service)?.server.remove()));
    await (await this.broker)?.remove();
  }
}

async function startMaria(): Promise<Service<MariaServer>> {
  const server = await MariaServer.start({ durable: true });
  const [row] = await server.query<{ path: string }>('SELECT @@pid_file AS path');
  return { server, pid: Number(readFileSync(row?.path ?? '', 'utf8')) };
}

async function startRedis(): Promise<Service<RedisServer>> {
  const server = await RedisServer.start();
  return { server, pid: Number(/process_id:(\d+)/.exec(String(await server.command('INFO', 'server')))?.[1]) };
}
