import { randomBytes } from 'node:crypto';
import { RedisCluster, RedisSentinels, RedisServer, eventually } from '@app/testing';
import { busContract } from './bus.contract';
import { slotOf } from './redis-slot';
import { Station } from './station.contract';

const password = 'p/ss w@rd';
const topics = Array.from({ length: 300 }, (_, i) => `topic ${i}`);
let sentinels: RedisSentinels;
let cluster: RedisCluster;
const stations: Station[] = [];

afterEach(() => Promise.all(stations.splice(0).map(({ bus }) => bus.close())));

function station(url: string, options?: ConstructorParameters<typeof Station>[1]): Station {
  const made = new Station(url, options);
  stations.push(made);
  return made;
}

async function joined(url: string, options?: ConstructorParameters<typeof Station>[1]): Promise<[Station, Station]> {
  const pair: [Station, Station] = [station(url, options), station(url, options)];
  await Promise.all(pair.map((one) => one.link(true)));
  return pair;
}

async function freshPair(url: string): Promise<[Station['bus'], Station['bus']]> {
  const prefix = `${randomBytes(6).toString('hex')}:`;
  const pair = [new Station(url, { prefix }), new Station(url, { prefix })] as const;
  await Promise.all(pair.map((one) => one.link(true)));
  return [pair[0].bus, pair[1].bus];
}

/** Waits until both have lost the link and have it again, and holds that all topics are heard then. */
async function backAgain([a, b]: readonly [Station, Station], linksBefore: number): Promise<void> {
  await Promise.all([a, b].map((one) => one.until(() => one.links.length >= linksBefore + 2 && one.links.at(-1) === true)));
  b.heard.length = 0;
  for (const topic of topics) a.say(topic, 'again');
  await b.until(() => b.heard.length === topics.length);
  expect(b.heard.toSorted()).toEqual(topics.map((topic) => `${topic} again`).toSorted());
}

/** The URL with something else in the place of its password. */
const withPassword = (url: string, other: string): string => url.replace(/:\/\/:[^@]*@/, `://:${other}@`);

describe('with Sentinels', () => {
  beforeAll(async () => void (sentinels = await RedisSentinels.start({ password })));
  afterAll(() => sentinels.remove());

  busContract('redis with Sentinels', () => freshPair(sentinels.url));

  it('says without a secret why there is no link', async () => {
    const unknown = station(sentinels.url.replace('parley-master', 'no-such-master'));
    const refused = station(withPassword(sentinels.url, 'hunter2'));
    const unheard = station(sentinels.url.replace(/sentinelPassword=.*/, 'sentinelPassword=hunter2'));
    const all = [unknown, refused, unheard];
    await Promise.all(all.map((one) => one.until(() => one.opened.publish > 2 && one.opened.subscribe > 2)));
    expect(unknown.troubles).toEqual(['Sentinel knows no master with the name no-such-master']);
    for (const { troubles } of [refused, unheard]) {
      expect(troubles).toEqual([expect.stringMatching(/^WRONGPASS/)]);
      expect(troubles.join()).not.toContain('hunter2');
    }
    expect(all.map(({ links }) => links)).toEqual([[false], [false], [false]]);
  });

  it('stays without a link while what a Sentinel names is no master', async () => {
    const master = await RedisServer.start();
    const replica = await RedisServer.start({ settings: { replicaof: `127.0.0.1 ${master.port}` } });
    const misled = await RedisServer.start({ sentinel: [`sentinel monitor misled 127.0.0.1 ${replica.port} 1`] });
    try {
      const lost = station(`redis+sentinel://127.0.0.1:${misled.port}/misled`);
      await lost.until(() => lost.opened.publish > 2 && lost.opened.subscribe > 2);
      expect([lost.links, lost.troubles]).toEqual([[false], ['the Redis that Sentinel names is a slave']]);
    } finally {
      await Promise.all([misled, replica, master].map((server) => server.remove()));
    }
  });

  it('keeps its link while one Sentinel of several names another master', async () => {
    const other = await RedisServer.start();
    const mistaken = await RedisServer.start({
      sentinel: [`sentinel monitor parley-master 127.0.0.1 ${other.port} 1`],
      settings: { requirepass: password },
    });
    // Each question is a connection, and so is each of these.
    let own = 0;
    const asked = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(String(await mistaken.command('INFO', 'stats')))?.[1]) - ++own;
    try {
      const url = sentinels.url.replace('/parley-master', `,127.0.0.1:${mistaken.port}/parley-master`);
      const one = station(url, { watchMs: 20 });
      await one.link(true);
      const before = await asked();
      await eventually(
        async () => (await asked()) > before + 10,
        () => 'the mistaken Sentinel to be asked',
      );
      expect([one.links, one.troubles, one.opened]).toEqual([[false, true], [], { publish: 1, subscribe: 1 }]);
    } finally {
      await mistaken.remove();
      await other.remove();
    }
  });

  it('leaves a master that hangs as soon as the Sentinels name another', async () => {
    const pair = await joined(sentinels.url, { timings: { beatMs: 60_000 }, watchMs: 100 });
    await Promise.all(topics.map((topic) => pair[1].bus.subscribe(topic)));
    const hung = await sentinels.master();
    hung.pause();
    try {
      await backAgain(pair, 2);
      for (const { troubles } of pair) expect(troubles).toContain('Sentinel has named another Redis');
    } finally {
      hung.resume();
    }
  });
});

describe('with Sentinels, when the master is killed', () => {
  it('loses the link, and has it again by the replica with every topic, whatever becomes of the old master', async () => {
    const own = await RedisSentinels.start();
    try {
      const pair = await joined(own.url);
      await Promise.all(topics.map((topic) => pair[1].bus.subscribe(topic)));
      const killed = await own.killMaster();
      await backAgain(pair, 2);
      // It takes itself for a master until the Sentinels tell it otherwise.
      await killed.start();
      const late = station(own.url);
      await late.link(true);
      late.say('topic 1', 'late');
      await pair[1].until(() => pair[1].heard.includes('topic 1 late'));
    } finally {
      await own.remove();
    }
  });
});

describe('with a Cluster', () => {
  beforeAll(async () => void (cluster = await RedisCluster.start({ replicas: 1, password })));
  afterAll(() => cluster.remove());

  busContract('redis with a Cluster', () => freshPair(cluster.url));

  it('takes the slots of channels from where the Cluster does', async () => {
    const [node] = cluster.nodes as [RedisServer];
    for (const key of ['', 'parley:t', 'a{b}c', 'a{}b', '{', '}{a}', '🍣{ü}']) {
      expect(slotOf(key)).toBe(Number(await node.command('CLUSTER', 'KEYSLOT', key)));
    }
  });

  it('says without a secret why there is no link', async () => {
    const refused = station(withPassword(cluster.url, 'hunter2'));
    const alone = await RedisServer.start();
    try {
      const single = station(alone.url.replace('redis:', 'redis+cluster:'));
      await Promise.all([refused, single].map((one) => one.until(() => one.opened.publish > 2 && one.opened.subscribe > 2)));
      expect(refused.troubles).toEqual([expect.stringMatching(/^WRONGPASS/)]);
      expect(refused.troubles.join()).not.toContain('hunter2');
      expect(single.troubles).toEqual(['ERR This instance has cluster support disabled']);
      expect([refused.links, single.links]).toEqual([[false], [false]]);
    } finally {
      await alone.remove();
    }
  });

  it('takes channels by every master, and is without a link when one of them hangs', async () => {
    const [a] = await joined(cluster.url, { timings: { beatMs: 100, readyMs: 1_000 } });
    await Promise.all(topics.map((topic) => a.bus.subscribe(topic)));
    const masters = await Promise.all(['a', 'b', 'c'].map((key) => cluster.masterOf(key)));
    const channels = (await Promise.all(masters.map((node) => node.command('PUBSUB', 'SHARDCHANNELS', 'test:topic*')))) as string[][];
    expect(new Set(masters).size).toBe(3);
    expect(channels.every((some) => some.length > 50)).toBe(true);
    const [hung] = masters as [RedisServer];
    hung.pause();
    try {
      await a.link(false);
      expect(a.troubles).toEqual(['Redis does not answer']);
    } finally {
      hung.resume();
    }
    await a.link(true);
  });

  it.each(['speaks', 'listens'] as const)('loses the link at once when a slot is given away in which it %s', async (what) => {
    const pair = await joined(cluster.url, { watchMs: 60_000 });
    const [a, b] = pair;
    await Promise.all(topics.map((topic) => b.bus.subscribe(topic)));
    const concerned = what === 'speaks' ? a : b;
    if (what === 'speaks') await b.bus.unsubscribe('topic 7');
    await cluster.move('test:topic 7');
    if (what === 'speaks') a.say('topic 7', 'lost');
    await concerned.until(() => concerned.links.length === 4);
    expect(concerned.troubles).toEqual(['the Redis Cluster has another layout']);
    if (what === 'speaks') expect(a.dropped).toEqual({ link: 1 });
  });

  it('has every topic again, wherever it is, when a slot was given away', async () => {
    const pair = await joined(cluster.url, { watchMs: 100 });
    await Promise.all(topics.map((topic) => pair[1].bus.subscribe(topic)));
    await cluster.move('test:topic 7');
    await backAgain(pair, 2);
  });

  it('notices within the watch that a slot was given away in which it has no topic', async () => {
    const [a] = await joined(cluster.url, { watchMs: 100 });
    await cluster.move('test:topic 8');
    await a.until(() => a.links.length === 4);
  });

  it('loses the link with a master, and has it again with its replica and every topic', async () => {
    const pair = await joined(cluster.url);
    await Promise.all(topics.map((topic) => pair[1].bus.subscribe(topic)));
    const killed = await cluster.masterOf('test:topic 9');
    await killed.kill();
    await backAgain(pair, 2);
    await killed.start();
  });
});
