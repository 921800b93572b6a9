import { eventually } from '../eventually';
import { freePort } from './free-port';
import { RedisServer } from './redis-server';

const masterCount = 3;
const slotCount = 16_384;
/** A master that does not answer for so long, in milliseconds, is replaced by its replica. */
const nodeTimeoutMs = 1_000;

/** A Cluster of three masters, each with as many replicas as a test wants. */
export class RedisCluster {
  private constructor(
    readonly nodes: readonly RedisServer[],
    private readonly password: string,
  ) {}

  static async start({ replicas = 0, password = '' }: { replicas?: 0 | 1; password?: string } = {}): Promise<RedisCluster> {
    const secret: Record<string, string> = password ? { requirepass: password, masterauth: password } : {};
    const starts = await Promise.allSettled(Array.from({ length: masterCount * (1 + replicas) }, () => node(secret)));
    const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const cluster = new RedisCluster(nodes, password);
    try {
      for (const start of starts) if (start.status === 'rejected') throw start.reason;
      await cluster.join();
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  /** As REDIS_URL takes it. */
  get url(): string {
    const credentials = this.password ? `:${encodeURIComponent(this.password)}@` : '';
    return `redis+cluster://${credentials}${this.nodes.map(({ port }) => `127.0.0.1:${port}`).join()}`;
  }

  /** The master that holds the slot of a key or channel. */
  async masterOf(key: string): Promise<RedisServer> {
    const asked = this.nodes.find(({ running }) => running) as RedisServer;
    return this.holder(Number(await asked.command('CLUSTER', 'KEYSLOT', key)));
  }

  /** Gives the slot of a key or channel to another master, and answers which. */
  async move(key: string): Promise<RedisServer> {
    const from = await this.masterOf(key);
    const slot = Number(await from.command('CLUSTER', 'KEYSLOT', key));
    const masters = await Promise.all([0, 6_000, 12_000].map((some) => this.holder(some)));
    const to = masters.find((master) => master !== from) as RedisServer;
    const [fromId, toId] = await Promise.all([from, to].map(async (one) => String(await one.command('CLUSTER', 'MYID'))));
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId as string);
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId as string);
    const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
    const login = this.password ? ['AUTH', this.password] : [];
    if (keys.length > 0) await from.command('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, ...login, 'KEYS', ...keys);
    for (const one of [to, from]) await one.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId as string);
    return to;
  }

  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((server) => server.remove()));
  }

  private async holder(slot: number): Promise<RedisServer> {
    const asked = this.nodes.find(({ running }) => running) as RedisServer;
    const range = (await slotsOf(asked)).find(([first, last]) => first <= slot && slot <= last);
    return this.nodes.find(({ port }) => port === range?.[2][1]) as RedisServer;
  }

  private async join(): Promise<void> {
    const [first, ...others] = this.nodes as [RedisServer, ...RedisServer[]];
    const masters = this.nodes.slice(0, masterCount);
    await Promise.all(
      masters.map(async (master, i) => {
        // Nodes with one epoch would have to agree on a better one first.
        await master.command('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
        const [from, to] = [i, i + 1].map((part) => Math.floor((part * slotCount) / masterCount)) as [number, number];
        await master.command('CLUSTER', 'ADDSLOTSRANGE', from, to - 1);
      }),
    );
    for (const other of others) await first.command('CLUSTER', 'MEET', '127.0.0.1', other.port, await busPortOf(other));
    await this.agree(
      async (one) => (await slotsOf(one)).length === masterCount && (await infoOf(one, 'cluster_known_nodes')) === `${this.nodes.length}`,
    );
    for (const [i, replica] of this.nodes.slice(masterCount).entries()) {
      await replica.command('CLUSTER', 'REPLICATE', String(await masters[i]?.command('CLUSTER', 'MYID')));
    }
    const nodesOfRange = 1 + (this.nodes.length - masterCount) / masterCount;
    await this.agree(
      async (one) =>
        (await infoOf(one, 'cluster_state')) === 'ok' && (await slotsOf(one)).every(([, , ...nodes]) => nodes.length === nodesOfRange),
    );
    for (const replica of this.nodes.slice(masterCount)) {
      await eventually(
        async () => String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
        () => 'the replicas to follow their masters',
      );
    }
  }

  private async agree(done: (node: RedisServer) => Promise<boolean>): Promise<void> {
    for (const one of this.nodes) {
      await eventually(
        () => done(one),
        () => 'the nodes of the Cluster to know each other',
      );
    }
  }
}

type Range = [first: number, last: number, master: [host: string, port: number], ...replicas: unknown[]];

async function slotsOf(node: RedisServer): Promise<Range[]> {
  return (await node.command('CLUSTER', 'SLOTS')) as Range[];
}

async function infoOf(node: RedisServer, field: string): Promise<string | undefined> {
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(String(await node.command('CLUSTER', 'INFO')))?.[1];
}

async function busPortOf(node: RedisServer): Promise<number> {
  const [, port] = (await node.command('CONFIG', 'GET', 'cluster-port')) as [string, string];
  return Number(port);
}

async function node(more: Readonly<Record<string, string>>): Promise<RedisServer> {
  const settings = {
    'cluster-enabled': 'yes',
    // By itself it would be 10,000 above the other, where the system takes ports from for outgoing connections.
    'cluster-port': await freePort(),
    'cluster-node-timeout': nodeTimeoutMs,
    'cluster-replica-validity-factor': 0,
    'repl-diskless-sync-delay': 0,
    'repl-ping-replica-period': 1,
    maxmemory: '32mb',
    ...more,
  };
  return RedisServer.start({ settings });
}
