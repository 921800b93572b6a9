import { randomBytes } from 'node:crypto';
import { type Bus, type BusMessage, Exchange, InProcessBus } from '@app/bus';
import { type Person, type TestClient, World, dropDatabase, eventually, sharedMysql, sharedRedis } from '@app/testing';
import type { Head } from '../hub/envelope';

/** A bus that may be told to keep what is published and send it later, in the same order: so both gateways speak at once. */
class HeldBus extends InProcessBus<Head> {
  holding = false;
  private readonly held: (() => void)[] = [];

  override publish(topic: string, message: BusMessage<Head>): void {
    if (this.holding) this.held.push(() => super.publish(topic, message));
    else super.publish(topic, message);
  }

  letGo(): void {
    for (let next = this.held.shift(); next; next = this.held.shift()) next();
    this.holding = false;
  }
}

/** Two gateways on one store. */
class Pair {
  private constructor(
    readonly databaseUrl: string,
    readonly a: World,
    readonly b: World,
  ) {}

  static async start(config: Parameters<typeof World.start>[0], buses: readonly Bus<Head>[]): Promise<Pair> {
    const databaseUrl = await sharedMysql();
    const start = (bus?: Bus<Head>) => World.start({ databaseUrl, ...config }, bus ? { bus } : {});
    return new Pair(databaseUrl, await start(buses[0]), await start(buses[1]));
  }

  /** Those of the clients that are still connected when everything that both gateways have told the user before is heard. */
  async survivors(person: Person, clients: readonly TestClient[]): Promise<TestClient[]> {
    const friend = await this.a.person('friend');
    const open = new Set(clients);
    for (const client of clients) void client.closed.then(() => open.delete(client));
    // A contest is two words of one side and one of the other.
    for (const gateway of [this.a, this.b, this.a, this.b]) {
      const speaker = await gateway.connect(friend, { deviceId: 'mouth' + String(gateway.gateway.port) });
      const said = await speaker.say({ to: person.id }, 'hello', randomBytes(8).toString('hex'));
      await Promise.all([...open].map((client) => Promise.race([client.closed, client.next('message', ({ seq }) => seq >= said.seq)])));
    }
    return [...open];
  }

  async close(): Promise<void> {
    await Promise.all([this.a.close(), this.b.close()]);
    await dropDatabase(this.databaseUrl);
  }
}

describe('a device that connects to two gateways', () => {
  const exchange = new Exchange();
  const buses = [new HeldBus(exchange), new HeldBus(exchange)] as const;
  let pair: Pair;

  beforeAll(async () => {
    pair = await Pair.start({}, buses);
  });
  afterAll(() => pair?.close());

  it('at once keeps exactly one connection, whichever announcement is heard first', async () => {
    for (let round = 0; round < 12; round++) {
      const person = await pair.a.person(`twin${round}`);
      for (const bus of buses) bus.holding = true;
      const clients = await Promise.all([pair.a.connect(person, { deviceId: 'phone' }), pair.b.connect(person, { deviceId: 'phone' })]);
      // `connected` is on its way before the announcement.
      await Promise.all(clients.map((client) => client.settled()));
      for (const bus of round % 2 ? buses : [...buses].reverse()) bus.letGo();
      expect(await pair.survivors(person, clients)).toHaveLength(1);
      const closed = await Promise.race(clients.map((client) => client.closed));
      expect(closed).toEqual({ code: 4502, reason: 'REPLACED' });
    }
  });

  it('one after the other keeps the later connection, however soon it came', async () => {
    for (let round = 0; round < 12; round++) {
      const person = await pair.a.person(`mover${round}`);
      const [from, to] = round % 2 ? [pair.a, pair.b] : [pair.b, pair.a];
      // The gateway may listen for the user already, for another device.
      if (round % 3 === 0) await to.connect(person, { deviceId: 'laptop' });
      const older = await from.connect(person, { deviceId: 'phone' });
      await older.settled();
      const newer = await to.connect(person, { deviceId: 'phone' });
      expect(await older.closed).toEqual({ code: 4502, reason: 'REPLACED' });
      expect(await pair.survivors(person, [older, newer])).toEqual([newer]);
    }
  });

  it('leaves other devices and other users alone', async () => {
    const [person, other] = [await pair.a.person('ann'), await pair.a.person('bob')];
    const clients = await Promise.all([
      pair.a.connect(person, { deviceId: 'phone' }),
      pair.b.connect(person, { deviceId: 'laptop' }),
      pair.b.connect(other, { deviceId: 'phone' }),
    ]);
    await Promise.all(clients.map((client) => client.settled()));
  });
});

it('devices that connect to two gateways at once over Redis keep exactly one connection each', async () => {
  const pair = await Pair.start({ redisUrl: sharedRedis(), redisPrefix: `${randomBytes(6).toString('hex')}:` }, []);
  try {
    await linked(pair.a);
    await linked(pair.b);
    const people = await Promise.all(Array.from({ length: 20 }, (_, i) => pair.a.person(`p${i}`)));
    const connected = await Promise.all(
      people.map((person) => Promise.all([pair.a.connect(person, { deviceId: 'phone' }), pair.b.connect(person, { deviceId: 'phone' })])),
    );
    for (const [i, person] of people.entries()) expect(await pair.survivors(person, connected[i] ?? [])).toHaveLength(1);
  } finally {
    await pair.close();
  }
});

async function linked({ metrics }: World): Promise<void> {
  await eventually(
    async () => (await metrics.busUp.get()).values[0]?.value === 1,
    () => 'the bus to be up',
  );
}
