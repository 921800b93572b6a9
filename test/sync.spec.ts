import { MariaServer, type Person, RedisServer, type Seeded, withSeed } from '@app/testing';
import { CuttingProxy } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { type Scene, doSomething } from './doings';
import { GatewayProcess } from './process';
import { Replica, agree, hashOf } from './replica';

/** How many doings a run has; a long run asks for more. */
const doingsPerRun = process.env.PROPERTY_RUNS === undefined ? 1_000 : 10_000;
const atOnce = 4;

/** Gateways on one store, and what is to be removed with them. */
interface Installation {
  readonly gateways: readonly GatewayProcess[];
  readonly remove: () => Promise<void>;
}

const installations: Readonly<Record<string, () => Promise<Installation>>> = {
  'one gateway on SQLite': async () => {
    const gateway = await GatewayProcess.start();
    return { gateways: [gateway], remove: () => gateway.remove() };
  },
  'three gateways on MariaDB and Redis': async () => {
    const [maria, redis] = await Promise.all([MariaServer.start(), RedisServer.start()]);
    const env = { DATABASE_URL: await maria.database(), REDIS_URL: redis.url };
    const gateways = await Promise.all(Array.from({ length: 3 }, () => GatewayProcess.start({ env })));
    const remove = async () => void (await Promise.allSettled([...gateways.map((one) => one.remove()), redis.remove(), maria.remove()]));
    return { gateways, remove };
  },
};

beforeAll(build, buildPatienceMs);

describe.each(Object.entries(installations))('%s', (_name, start) => {
  it(
    'bring a device that was away, for any time and however its connections were cut, to the state of one that never was',
    () => withSeed(async (random) => during(await start(), random)),
    120_000 + doingsPerRun * 100,
  );
});

async function during({ gateways, remove }: Installation, random: Seeded): Promise<void> {
  const proxies = await Promise.all(gateways.map(({ port }) => CuttingProxy.open(port)));
  const replicas: { steady: boolean; replica: Replica }[] = [];
  try {
    const [first] = gateways as [GatewayProcess];
    const people: Person[] = [];
    for (const name of ['ada', 'bob', 'cem']) people.push(await first.person(name));
    const request: Scene['request'] = (method, path, body, person) => random.pick(gateways).request(method, path, body, person);
    const scene: Scene = { people, groupIds: [await first.group(people[0] as Person, people.slice(1))], random, request };

    for (const proxy of proxies) proxy.lastsBytes = () => 200 + random.below(20_000);
    for (const person of people) {
      const direct = () => random.pick(gateways).ws;
      const cutting = () => random.pick(proxies).ws;
      replicas.push({ steady: true, replica: new Replica(person, 'steady', direct).start() });
      for (const device of ['phone', 'laptop']) replicas.push({ steady: false, replica: new Replica(person, device, cutting).start() });
    }

    let done = 0;
    const hand = async (): Promise<void> => {
      while (done++ < doingsPerRun) {
        await doSomething(scene);
        if (random.chance(0.02)) random.pick(proxies).away = random.chance(0.5);
        if (random.chance(0.02)) random.pick(replicas.filter(({ steady }) => !steady)).replica.cut();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, hand));

    for (const proxy of proxies) {
      proxy.away = false;
      proxy.lastsBytes = () => Infinity;
    }
    for (const { steady, replica } of replicas) if (!steady) replica.cut();
    const states: string[] = [];
    for (const [index, person] of people.entries()) {
      const own = replicas.slice(index * 3, index * 3 + 3).map(({ replica }) => replica);
      const state = await agree(own, () => new Replica(person, `fresh-${index}`, () => first.ws));
      states.push(`${person.id} ${hashOf(state)} (${state.split('\n').length} things)`);
    }
    expect(replicas.flatMap(({ replica }) => replica.faults)).toEqual([]);
    const cuts = proxies.reduce((sum, proxy) => sum + proxy.cuts, 0);
    const connections = replicas.reduce((sum, { replica }) => sum + replica.connections, 0);
    process.stdout.write(
      `sync: ${doingsPerRun} operations, ${connections} connections, ${cuts} cut; the same state on every device: ${states.join(', ')}\n`,
    );
  } finally {
    await Promise.all(replicas.map(({ replica }) => replica.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await remove();
  }
}
