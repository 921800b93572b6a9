import { Exchange } from '@app/bus';
import type { Config, DeepPartial } from '@app/config';
import { LossyBus } from './hub-world';
import { sharedMysql, dropDatabase } from './services/shared-services';
import { World } from './world';

/** One of several gateways, and the bus that it speaks on, which a test may trouble. */
export interface Member {
  readonly world: World;
  readonly bus: LossyBus;
}

/** Gateways in this process on one MariaDB, joined by buses that a test may trouble. For tests of a project with shared services. */
export class Cluster {
  private constructor(
    readonly members: readonly Member[],
    readonly databaseUrl: string,
  ) {}

  static async start(gateways: number, overrides: DeepPartial<Config> = {}): Promise<Cluster> {
    const databaseUrl = await sharedMysql();
    const exchange = new Exchange();
    const starting = Array.from({ length: gateways }, async () => {
      const bus = new LossyBus(exchange);
      return { bus, world: await World.start({ ...overrides, databaseUrl }, { bus }) };
    });
    return new Cluster(await Promise.all(starting), databaseUrl);
  }

  /** The gateways, in the order of their making. */
  get worlds(): readonly World[] {
    return this.members.map(({ world }) => world);
  }

  /** Lets no gateway hear anything of another, or everything again. */
  set cutOff(cutOff: boolean) {
    for (const { bus } of this.members) bus.alone = cutOff;
  }

  async close(): Promise<void> {
    await Promise.all(this.worlds.map((world) => world.close()));
    await dropDatabase(this.databaseUrl);
  }
}
