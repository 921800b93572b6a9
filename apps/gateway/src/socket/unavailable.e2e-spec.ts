import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EntryStore } from '@app/storage';
import { FaultyDatabase, holdFlushes, type Person, Refused, type ServerFrame, type TestClient, World, withSeed } from '@app/testing';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const told = ({ action, data }: ServerFrame): string => (action === 'ack' ? 'ack' : (data as { code: string }).code);

describe('a store that cannot serve in the middle of a burst', () => {
  let world: World;
  let database: FaultyDatabase;
  let alice: Person;
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));

  beforeAll(async () => {
    database = await FaultyDatabase.open({ url: '', dataDir });
    // The faults are for what is sent: nothing else is written meanwhile.
    world = await World.start({ dataDir, framesBurst: 100_000, maxFramesInFlight: 2_000, groupNudgeMs: 60_000 }, { database });
    alice = await world.person('alice');
  });
  afterAll(async () => {
    await world.close();
    rmSync(dataDir, { recursive: true });
  });

  /** A group in which the client has spoken, so that its right to write is known. */
  async function room(client: TestClient, person: Person): Promise<string> {
    const groupId = await world.group(person);
    await client.say({ groupId }, 'first');
    return groupId;
  }

  function send(client: TestClient, groupId: string, text: string, filling = 0): void {
    const data = { groupId, type: 'text', payload: { text, filling: 'x'.repeat(filling) }, clientMsgId: `${groupId}-${text}` };
    client.raw(JSON.stringify({ action: 'send', ref: text, data }));
  }

  /** What is stored in a group behind the first message. */
  async function stored(client: TestClient, groupId: string): Promise<string[]> {
    const texts: string[] = [];
    for (let afterSeq = 2; ;) {
      const { messages, hasMore } = await client.call('history', { groupId, afterSeq, limit: 200 });
      texts.push(...messages.map(({ payload }) => String(payload?.text)));
      if (!hasMore) return texts;
      afterSeq = messages.at(-1)?.seq ?? 0;
    }
  }

  async function sendsTaken(): Promise<number> {
    const found = await world.metrics.registry.getSingleMetric('parley_frames_total')?.get();
    return found?.values.find(({ labels }) => labels.action === 'send')?.value ?? 0;
  }

  it('fails the rest of that burst; what is stored is its beginning, and a retry in order is stored in order', async () => {
    const client = await world.connect(alice);
    const groupId = await room(client, alice);
    const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
    client.replies.length = 0;
    database.failNext('none', 'none', 'down-before');
    for (const text of texts) send(client, groupId, text, 20_000);
    await client.until(() => client.replies.length === 100, '100 replies');
    const replies = client.replies.map(told);
    const acked = replies.indexOf('UNAVAILABLE');
    expect(acked).toBeGreaterThan(0);
    expect(acked).toBeLessThan(100);
    expect(replies).toEqual([...Array<string>(acked).fill('ack'), ...Array<string>(100 - acked).fill('UNAVAILABLE')]);
    expect(await stored(client, groupId)).toEqual(texts.slice(0, acked));

    client.replies.length = 0;
    for (const text of texts) send(client, groupId, text, 20_000);
    await client.until(() => client.replies.length === 100, '100 acks');
    expect(client.replies.map(told)).toEqual(Array(100).fill('ack'));
    expect(await stored(client, groupId)).toEqual(texts);
  });

  it('fails later sends to that conversation until the client can have read of it, and no others', async () => {
    const client = await world.connect(alice, { autoPong: false });
    const [broken, sound] = [await room(client, alice), await room(client, alice)];
    const marks: Buffer[] = [];
    client.socket.on('ping', (mark: Buffer) => marks.push(mark));
    client.replies.length = 0;

    database.failNext('down-before');
    send(client, broken, 'a');
    await client.until(() => client.replies.length === 1);
    send(client, broken, 'b');
    send(client, sound, 'c');
    send(client, broken, 'd');
    await client.until(() => client.replies.length === 4);
    expect(client.replies.map(told)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'ack', 'UNAVAILABLE']);

    const reading = await world.connect(alice);
    expect(await stored(reading, broken)).toEqual([]);
    // One mark for the whole trouble; until it comes back nobody knows what the client has read.
    expect(marks).toHaveLength(1);
    client.socket.pong(marks[0]);
    for (const text of ['a', 'b', 'd']) send(client, broken, text);
    await client.until(() => client.replies.length === 7);
    expect(client.replies.slice(4).map(told)).toEqual(['ack', 'ack', 'ack']);
    expect(await stored(reading, broken)).toEqual(['a', 'b', 'd']);
  });

  it('fails what waits behind it even if the client has read of it before that has had its turn', async () => {
    const bob = await world.person('bob');
    const [client, other, watch] = [await world.connect(alice), await world.connect(bob), await world.connect(bob)];
    const [groupId, elsewhere] = [await room(client, alice), await room(other, bob)];
    const before = await sendsTaken();
    const taken = async (count: number) => {
      while ((await sendsTaken()) < before + count) await turn();
      await turn();
    };
    client.replies.length = 0;

    const releaseFirst = holdFlushes(database);
    await turn();
    database.failNext('down-before');
    send(client, groupId, 'a');
    await taken(1);
    // More than one flush of another's, between the two.
    for (let i = 0; i < 700; i++) send(other, elsewhere, `${i}`);
    await taken(701);
    send(client, groupId, 'b');
    await taken(702);
    let read = false;
    client.socket.on('ping', () => (read = true));
    const releaseSecond = holdFlushes(database);
    await releaseFirst();
    await client.until(() => client.replies.length === 1, 'the error');
    while (!read) await turn();
    for (let i = 0; i < 5; i++) await watch.settled();
    await releaseSecond();
    await client.until(() => client.replies.length === 2, 'the second reply');
    expect(client.replies.map(told)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);

    for (const text of ['a', 'b']) send(client, groupId, text);
    await client.until(() => client.replies.length === 4);
    expect(client.replies.slice(2).map(told)).toEqual(['ack', 'ack']);
    expect(await stored(client, groupId)).toEqual(['a', 'b']);
  });

  it('fails what was sent before its word could be read, also when another action took long in between', async () => {
    const client = await world.connect(alice);
    const groupId = await room(client, alice);
    const entries = world.gateway.app.get(EntryStore, { strict: false });
    const history = entries.history.bind(entries);
    // The pong that tells that the failure was read comes back while this goes on.
    jest.spyOn(entries, 'history').mockImplementationOnce(async (...args) => {
      await new Promise<void>((resolve) => client.socket.once('ping', () => setTimeout(resolve, 20)));
      return history(...args);
    });
    client.replies.length = 0;
    database.failNext('down-before');
    send(client, groupId, 'a');
    client.raw(JSON.stringify({ action: 'history', ref: 'h', data: { groupId } }));
    send(client, groupId, 'b');
    await client.until(() => client.replies.length === 3, 'three replies');
    expect(client.replies.map(told)).toEqual(['UNAVAILABLE', 'ack', 'UNAVAILABLE']);
    for (const text of ['a', 'b']) send(client, groupId, text);
    await client.until(() => client.replies.length === 5, 'the acks of what was sent again');
    expect(await stored(client, groupId)).toEqual(['a', 'b']);
  });

  it('and fails again and again: who retries each error as it comes gets everything stored once and in order', () =>
    withSeed(async (random) => {
      const clients = [await world.connect(alice), await world.connect(alice)];
      const rooms: string[] = [];
      for (let i = 0; i < 3; i++) rooms.push(await room(clients[0] as TestClient, alice));
      const insist = async (client: TestClient, groupId: string, text: string): Promise<void> => {
        for (;;) {
          try {
            await client.say({ groupId }, text, `${client === clients[0] ? 'x' : 'y'}${text}`);
            return;
          } catch (error) {
            if (!(error instanceof Refused) || error.code !== 'UNAVAILABLE') throw error;
          }
        }
      };
      database.failAtRandom(random, 0.3);
      const sent: Promise<void>[] = [];
      const said = new Map<string, string[]>();
      for (let i = 0; i < 300; i++) {
        const client = random.chance(0.5) ? 0 : 1;
        const groupId = random.pick(rooms);
        const text = `${client}:${i}`;
        said.set(`${groupId} ${client}`, [...(said.get(`${groupId} ${client}`) ?? []), text]);
        sent.push(insist(clients[client] as TestClient, groupId, text));
      }
      await Promise.all(sent);
      database.failAtRandom(random, 0);
      for (const groupId of rooms) {
        const texts = await stored(clients[0] as TestClient, groupId);
        for (const client of [0, 1]) {
          expect(texts.filter((text) => text.startsWith(`${client}:`))).toEqual(said.get(`${groupId} ${client}`) ?? []);
        }
      }
    }));
});
