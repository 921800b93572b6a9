import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { c2cConversation, groupConversation } from '@app/protocol';
import { MariaServer, type Person, RedisServer, TestClient, withSeed, eventually } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { Chatter, type Target, sumOf } from './chatter';
import { reconnect } from './follower';
import { expectAllTold } from './testimony';
import { GatewayProcess } from './process';

const gatewayCount = 3;
const messagesPerSecond = 200;
const lossRate = 0.05;
const patienceMs = 30_000;

/** A gateway of the cluster, whose publishes go lost and who dies before one as its file of faults says. */
interface Node {
  readonly gateway: GatewayProcess;
  readonly faults: (faults: { drop?: number; crash?: boolean }) => void;
}

/** Three gateway processes on one MariaDB and one Redis, all of them real and all of them to be hurt. */
class Installation {
  private constructor(
    readonly maria: MariaServer,
    readonly redis: RedisServer,
    readonly nodes: readonly Node[],
  ) {}

  static async start(more: Record<string, string> = {}): Promise<Installation> {
    const [maria, redis] = await Promise.all([MariaServer.start({ durable: true }), RedisServer.start()]);
    const env = { DATABASE_URL: await maria.database(), REDIS_URL: redis.url, ...more };
    // Together: one of them makes the tables, the others wait for it.
    const nodes = await Promise.all(Array.from({ length: gatewayCount }, (_, i) => node(env, join(__dirname, `faults.cjs`), i)));
    return new Installation(maria, redis, nodes);
  }

  get urls(): string[] {
    return this.nodes.map(({ gateway }) => gateway.ws);
  }

  get said(): string {
    return this.nodes.map(({ gateway }, i) => `gateway ${i}:\n${gateway.said.slice(-3_000)}`).join('\n');
  }

  /** Every gateway's publishes go lost with this probability. */
  lose(drop: number): void {
    for (const { faults } of this.nodes) faults({ drop });
  }

  async remove(): Promise<void> {
    await Promise.allSettled([...this.nodes.map(({ gateway }) => gateway.remove()), this.redis.remove(), this.maria.remove()]);
  }
}

async function node(env: Record<string, string>, script: string, i: number): Promise<Node> {
  const file = join(__dirname, `../dist/proof/faults-${process.pid}-${i}.json`);
  const gateway = await GatewayProcess.start({ env: { ...env, FAULTS: file }, nodeArgs: ['-r', script] });
  return { gateway, faults: (faults) => writeFileSync(file, JSON.stringify(faults)) };
}

beforeAll(build, buildPatienceMs);

describe('three gateways on MariaDB and Redis, at 200 messages per second', () => {
  it('bring every acked message once and in order to everybody, whatever dies', async () => {
    await withSeed(async (random) => {
      const cluster = await Installation.start();
      const everybody: Chatter[] = [];
      try {
        const [first] = cluster.nodes as [Node];
        const people = await Promise.all(Array.from({ length: 12 }, (_, i) => first.gateway.person(`u${String(i).padStart(2, '0')}`)));
        const ears = await Promise.all(Array.from({ length: 6 }, (_, i) => first.gateway.person(`ear${i}`)));
        const groups: Target[] = [];
        for (let g = 0; g < 2; g++) {
          const members = [...people.filter((_, i) => i % 2 === g), ...ears.filter((_, i) => i % 2 === g)];
          const groupId = await first.gateway.group(members[0] as Person, members.slice(1));
          groups.push({ groupId, convId: groupConversation(groupId).convId });
        }
        // Neighbours sit on different gateways.
        const urlsOf = (i: number) => [...cluster.urls.slice(i % gatewayCount), ...cluster.urls.slice(0, i % gatewayCount)];
        const chatters = people.map((person, i) => {
          const c2c = { convId: c2cConversation(person.id, (people[i ^ 1] as Person).id).convId };
          const targets = [groups[i % 2] as Target, c2c];
          return new Chatter(person, {
            urls: urlsOf(i),
            writesTo: targets,
            follows: targets,
            random,
            perSecond: messagesPerSecond / people.length,
          });
        });
        everybody.push(
          ...chatters,
          ...ears.map((person, i) => new Chatter(person, { urls: urlsOf(i), writesTo: [], follows: [groups[i % 2] as Target], random })),
        );
        const acks = () => chatters.reduce((sum, { acked }) => sum + acked.size, 0);
        /** Lets so many further messages be acked. */
        const flow = async (count: number, during: string): Promise<void> => {
          const goal = acks() + count;
          await eventually(
            () => acks() >= goal,
            () => `${count} acks ${during}, ${goal - acks()} are missing.\n${cluster.said}`,
            patienceMs,
          );
        };

        cluster.lose(lossRate);
        await flow(400, 'at the beginning');

        const { gateway: killed } = cluster.nodes[0] as Node;
        await killed.end('SIGKILL');
        await flow(200, 'with a gateway killed');
        await killed.start();
        await flow(200, 'with it back');

        await cluster.redis.kill();
        await flow(300, 'without Redis');
        await cluster.redis.start();
        await flow(300, 'with Redis back');

        /** Lets many sends be refused because of the store. */
        const refused = (during: string): Promise<void> => {
          const goal = sumOf(chatters, 'unavailable') + 100;
          return eventually(
            () => sumOf(chatters, 'unavailable') >= goal,
            () => `sends to be refused ${during}.\n${cluster.said}`,
            patienceMs,
          );
        };
        await cluster.maria.kill();
        await refused('without MariaDB');
        await cluster.maria.start();
        await flow(300, 'with MariaDB back');

        cluster.maria.pause();
        await refused('while MariaDB hangs');
        cluster.maria.resume();
        await flow(300, 'with MariaDB awake');

        const crashing = cluster.nodes[1] as Node;
        crashing.faults({ crash: true });
        await eventually(
          () => !crashing.gateway.running,
          () => 'a gateway to die before it publishes',
        );
        crashing.faults({ drop: lossRate });
        await flow(200, 'with a gateway dead between commit and publish');
        await crashing.gateway.start();

        const { gateway: stopped } = cluster.nodes[2] as Node;
        stopped.signal('SIGSTOP');
        await sleep(4_000);
        stopped.signal('SIGCONT');
        await flow(400, 'after a gateway stood still');

        for (const chatter of chatters) chatter.stopWriting();
        const allAcked = () =>
          eventually(
            () => chatters.every(({ idle }) => idle),
            () => `the last acks: ${chatters.map(({ unacked }) => unacked).join('; ')}.\n${cluster.said}`,
            patienceMs,
          );
        await allAcked();
        // The last word of every conversation is lost.
        cluster.lose(1);
        for (const chatter of chatters) for (const { target } of chatter.followers) chatter.writeOne(target);
        await allAcked();

        const messages = await expectAllTold(everybody, first.gateway.ws, patienceMs);
        const gaps = async (repaired: 'yes' | 'no') => {
          const counted = cluster.nodes.map(({ gateway }) => gateway.metric(`parley_hub_gaps_total{repaired="${repaired}"}`));
          return (await Promise.all(counted)).reduce((sum, count) => sum + count, 0);
        };
        // Without holes to mend, nothing was lost and nothing was shown.
        expect(await gaps('yes')).toBeGreaterThan(20);
        expect(await gaps('no')).toBe(0);
        const counts = (['resent', 'duplicates', 'unavailable'] as const).map((what) => `${sumOf(chatters, what)} ${what}`);
        process.stdout.write(`${messages} messages through seven faults: ${counts.join(', ')}, ${await gaps('yes')} holes mended\n`);
      } finally {
        await Promise.allSettled(everybody.map((one) => one.close()));
        await cluster.remove();
      }
    });
  }, 240_000);
});

describe('a session that is ended on one gateway while Redis is dead', () => {
  it('loses its socket on another one with 4503 before two of its heartbeats, and can connect nowhere', async () => {
    const cluster = await Installation.start({ PARLEY_HEARTBEAT_MS: '3000' });
    try {
      const [here, there] = cluster.nodes.map(({ gateway }) => gateway) as [GatewayProcess, GatewayProcess];
      const account = { username: 'ada', password: 'a good password' };
      await here.request('POST', '/api/register', account);
      const { body } = await here.request<{ userId: string; token: string }>('POST', '/api/login', account);
      const ada = { id: body.userId, token: body.token };
      const client = await reconnect(there.ws, ada, 'phone');
      await cluster.redis.kill();
      let heartbeats = 0;
      client.socket.on('ping', () => heartbeats++);
      expect((await here.request('POST', '/api/logout', {}, ada)).status).toBe(200);
      expect((await client.closed).code).toBe(4503);
      expect(heartbeats).toBeLessThan(2);
      for (const { ws } of [here, there]) {
        await expect(TestClient.connect(ws, { token: ada.token })).rejects.toMatchObject({ status: 401 });
      }
    } finally {
      await cluster.remove();
    }
  }, 60_000);
});
