import { setTimeout as sleep } from 'node:timers/promises';
import { c2cConversation, groupConversation } from '@app/protocol';
import { MariaServer, type Person, RedisCluster, RedisSentinels, type RedisServer, eventually, withSeed } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { Chatter, type Target, sumOf } from './chatter';
import { GatewayProcess } from './process';
import { expectAllTold } from './testimony';

const gatewayCount = 2;
const messagesPerSecond = 150;
const patienceMs = 30_000;
const lookMs = 20;

/** A Redis that outlives one of its masters. */
interface Lasting {
  readonly url: string;
  /** Kills a master that carries topics. */
  kill(): Promise<RedisServer>;
  remove(): Promise<void>;
}

/** For how long a gateway says by `/readyz` that it is without the others. */
class LinkWatch {
  readonly downMs: number[] = [];
  private downSince: number | undefined;
  private ended = false;
  private readonly looking: Promise<void>;

  constructor(private readonly gateway: GatewayProcess) {
    this.looking = this.look();
  }

  /** It was lost, and is back. */
  get wasLost(): boolean {
    return this.downMs.length > 0 && this.downSince === undefined;
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.looking;
  }

  private async look(): Promise<void> {
    for (; !this.ended; await sleep(lookMs)) {
      const { status, body } = await this.gateway.request<{ degraded?: string[] }>('GET', '/readyz');
      // The store is there all the while.
      expect(status).toBe(200);
      const now = performance.now();
      if (body.degraded?.includes('bus')) this.downSince ??= now;
      else if (this.downSince !== undefined) {
        this.downMs.push(Math.round(now - this.downSince));
        this.downSince = undefined;
      }
    }
  }
}

async function sentinels(): Promise<Lasting> {
  const redis = await RedisSentinels.start({ password: 'the secret of Redis' });
  return { url: redis.url, kill: () => redis.killMaster(), remove: () => redis.remove() };
}

async function cluster(): Promise<Lasting> {
  const redis = await RedisCluster.start({ replicas: 1, password: 'the secret of Redis' });
  const kill = async (): Promise<RedisServer> => {
    const master = await redis.masterOf('any');
    await master.kill();
    return master;
  };
  return { url: redis.url, kill, remove: () => redis.remove() };
}

beforeAll(build, buildPatienceMs);

describe.each([
  ['Redis Sentinel', sentinels],
  ['Redis Cluster', cluster],
] as const)('two gateways on MariaDB and %s, at 150 messages per second', (name, start) => {
  it('bring every acked message once and in order to everybody while a master of Redis is killed and replaced', async () => {
    await withSeed(async (random) => {
      const [maria, redis] = await Promise.all([MariaServer.start(), start()]);
      const gateways: GatewayProcess[] = [];
      const watches: LinkWatch[] = [];
      const everybody: Chatter[] = [];
      const said = (): string => gateways.map((gateway, i) => `gateway ${i}:\n${gateway.said.slice(-3_000)}`).join('\n');
      try {
        const env = { DATABASE_URL: await maria.database(), REDIS_URL: redis.url };
        gateways.push(...(await Promise.all(Array.from({ length: gatewayCount }, () => GatewayProcess.start({ env })))));
        const [first] = gateways as [GatewayProcess];
        const people = await Promise.all(Array.from({ length: 10 }, (_, i) => first.person(`u${i}`)));
        const groupId = await first.group(people[0] as Person, people.slice(1));
        const group: Target = { groupId, convId: groupConversation(groupId).convId };
        const chatters = people.map((person, i) => {
          const c2c = { convId: c2cConversation(person.id, (people[i ^ 1] as Person).id).convId };
          // Neighbours sit on different gateways, and stay there.
          const urls = [(gateways[i % gatewayCount] as GatewayProcess).ws];
          const targets = [group, c2c];
          return new Chatter(person, { urls, writesTo: targets, follows: targets, random, perSecond: messagesPerSecond / people.length });
        });
        everybody.push(...chatters);
        const acks = () => chatters.reduce((sum, { acked }) => sum + acked.size, 0);
        const flow = async (count: number, during: string): Promise<void> => {
          const goal = acks() + count;
          await eventually(
            () => acks() >= goal,
            () => `${count} acks ${during}, ${goal - acks()} are missing.\n${said()}`,
            patienceMs,
          );
        };
        const sum = async (metric: string): Promise<number> =>
          (await Promise.all(gateways.map((gateway) => gateway.metric(metric)))).reduce((total, count) => total + count, 0);
        await flow(300, 'at the beginning');
        expect(await sum('parley_bus_up')).toBe(gatewayCount);
        watches.push(...gateways.map((gateway) => new LinkWatch(gateway)));
        const [before, resent] = [acks(), sumOf(chatters, 'resent')];
        await redis.kill();
        await eventually(
          () => watches.every(({ wasLost }) => wasLost),
          () => `the link to be lost and back.\n${said()}`,
          patienceMs,
        );
        const meanwhile = acks() - before;
        await flow(300, 'with another master');
        for (const chatter of chatters) chatter.stopWriting();
        const allAcked = () =>
          eventually(
            () => chatters.every(({ idle }) => idle),
            () => `the last acks: ${chatters.map(({ unacked }) => unacked).join('; ')}.\n${said()}`,
            patienceMs,
          );
        await allAcked();
        for (const chatter of chatters) for (const { target } of chatter.followers) chatter.writeOne(target);
        await allAcked();

        const messages = await expectAllTold(everybody, first.ws, patienceMs);
        await Promise.all(watches.map((watch) => watch.end()));
        expect(await sum('parley_hub_gaps_total{repaired="no"}')).toBe(0);
        expect(await sum('parley_bus_up')).toBe(gatewayCount);
        // Nobody was cut off or put off because of it.
        expect([sumOf(chatters, 'unavailable'), sumOf(chatters, 'resent')]).toEqual([0, resent]);
        // Otherwise nothing had to be mended, and nothing was shown.
        expect(meanwhile).toBeGreaterThan(0);
        const mended = await sum('parley_hub_gaps_total{repaired="yes"}');
        expect(mended).toBeGreaterThan(0);
        expect(said()).not.toContain('secret');
        const down = watches.map(({ downMs }) => downMs.join(' and ')).join(', ');
        process.stdout.write(
          `${name}: ${messages} messages, ${meanwhile} of them without a link (${down} ms): 0 lost, 0 doubled, 0 out of order, ${mended} holes mended\n`,
        );
      } finally {
        await Promise.allSettled(everybody.map((one) => one.close()));
        await Promise.allSettled(watches.map((watch) => watch.end()));
        await Promise.allSettled([...gateways, redis, maria].map((one) => one.remove()));
      }
    });
  }, 120_000);
});
