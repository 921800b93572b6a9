import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CuttingProxy, type Person, type Seeded, Told, World, withSeed } from '@app/testing';
import { ParleyClient, type ParleyOptions } from './client';
import { c2cConvId } from './ids';
import type { Timeline } from './timeline';
import type { Entry, SendAck } from './wire';

const [messages, cuts] = [500, 20];
const reconnect = { baseMs: 20, capMs: 100 };

/** Cuts each connection after a random number of bytes, and keeps pieces back now and then. */
function misbehave(proxy: CuttingProxy, random: Seeded): void {
  proxy.lastsBytes = () => (proxy.cuts < cuts ? 500 + random.below(random.chance(0.3) ? 2_000 : 40_000) : Infinity);
  proxy.delayMs = () => (random.chance(0.1) ? random.below(10) : 0);
}

const seqsFrom = (first: number, entries: readonly Entry[]) => entries.map((_, i) => first + i);
const heardFrom = (person: Person, entries: readonly Entry[]) =>
  entries.flatMap((entry) => (entry.kind === 'message' && entry.from === person.id ? [entry.clientMsgId] : []));

describe('clients behind a network that cuts', () => {
  const clients: ParleyClient[] = [];
  const proxies: CuttingProxy[] = [];
  const worlds: World[] = [];
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const proxy of proxies.splice(0)) await proxy.close();
    for (const world of worlds.splice(0)) await world.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const open = (options: ParleyOptions) => {
    const client = new ParleyClient({ reconnect, ...options });
    clients.push(client);
    return client;
  };
  const between = async (world: World) => {
    const proxy = await CuttingProxy.open(world.gateway.port);
    proxies.push(proxy);
    return proxy;
  };
  const entriesOf = (timeline: Timeline) => new Told<Entry>((hear) => timeline.on('entry', hear));
  const say = (client: ParleyClient, target: { groupId: string } | { to: string }, prefix: string) =>
    Array.from({ length: messages }, (_, i) =>
      client.send({ ...target, type: 'text', payload: { text: `${prefix} ${i}` }, clientMsgId: `${prefix}${i}` }),
    );

  it('send 500 messages each to a group and to each other: every one is acked, and heard once and in order on both sides', async () => {
    await withSeed(async (random) => {
      const world = await World.start({ dataDir, framesPerSecond: 10_000, framesBurst: 10_000 });
      worlds.push(world);
      const [alice, bob] = [await world.person('alice'), await world.person('bob')];
      const groupId = await world.group(alice, [bob]);
      const sides = [];
      for (const [me, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const proxy = await between(world);
        misbehave(proxy, random);
        const client = open({ url: proxy.ws, token: me.token, maxPending: 2 * messages });
        const group = entriesOf(client.timeline({ groupId }, { fromSeq: 0 }));
        const c2c = entriesOf(client.timeline({ convId: c2cConvId(alice.id, bob.id) }, { fromSeq: 0 }));
        sides.push({ me, other, proxy, client, group, c2c });
      }
      const acks: Promise<SendAck>[] = [];
      for (const { me, other, client } of sides) {
        acks.push(...say(client, { groupId }, `${me.id}-g-`));
        acks.push(...say(client, { to: other.id }, `${me.id}-c-`));
      }
      const acked = await Promise.all(acks);
      for (const { group, c2c } of sides) {
        await group.until((all) => all.length >= 2 * messages + 1, 'the group');
        await c2c.until((all) => all.length >= 2 * messages, 'the c2c');
        expect(group.all.map(({ seq }) => seq)).toEqual(seqsFrom(1, group.all));
        expect(c2c.all.map(({ seq }) => seq)).toEqual(seqsFrom(1, c2c.all));
        for (const { me } of sides) {
          expect(heardFrom(me, group.all)).toEqual(Array.from({ length: messages }, (_, i) => `${me.id}-g-${i}`));
          expect(heardFrom(me, c2c.all)).toEqual(Array.from({ length: messages }, (_, i) => `${me.id}-c-${i}`));
        }
      }
      expect(acked).toHaveLength(4 * messages);
      expect(sides.map(({ proxy }) => proxy.cuts)).toEqual([cuts, cuts]);
      expect(sides.flatMap(({ client }) => client.pending)).toEqual([]);
    });
  }, 120_000);
});
