import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RedisServer, sharedRedis, withSeed } from '@app/testing';
import { Redis } from 'ioredis';
import { busContract } from './bus.contract';
import type { RedisRole } from './redis-client';
import { redisConnector } from './redis-connector';
import { Station } from './station.contract';

const none = Buffer.alloc(0);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

busContract('redis', async () => {
  const prefix = `${randomBytes(6).toString('hex')}:`;
  const stations = [new Station(sharedRedis(), { prefix }), new Station(sharedRedis(), { prefix })] as const;
  await Promise.all(stations.map((station) => station.link(true)));
  return [stations[0].bus, stations[1].bus];
});

describe('a bus over Redis', () => {
  let server: RedisServer;
  const stations: Station[] = [];

  beforeEach(async () => {
    server = await RedisServer.start();
  });

  afterEach(async () => {
    const made = stations.splice(0);
    await Promise.all(made.map(({ bus }) => bus.close()));
    await server.remove();
    // Down before it was up, and never told the same twice in a row.
    for (const { links } of made) expect(links).toEqual(links.map((_, i) => i % 2 === 1));
  });

  function station(options?: ConstructorParameters<typeof Station>[1], url = server.url): Station {
    const made = new Station(url, options);
    stations.push(made);
    return made;
  }

  async function joined(options?: ConstructorParameters<typeof Station>[1]): Promise<[Station, Station]> {
    const pair: [Station, Station] = [station(options), station(options)];
    await Promise.all(pair.map((one) => one.link(true)));
    return pair;
  }

  /** Publishes on a topic until the other side hears it, which must be the first time. */
  async function passes(from: Station, to: Station, topic: string, word: string): Promise<void> {
    from.say(topic, word);
    await to.until(() => to.heard.includes(`${topic} ${word}`));
  }

  const commandCalls = async (name: string): Promise<number> => {
    const stats = String(await server.command('INFO', 'commandstats'));
    return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  const clients = async (role: RedisRole): Promise<string[]> =>
    String(await server.command('CLIENT', 'LIST'))
      .split('\n')
      .filter((line) => line.includes(`name=parley-bus-${role} `))
      .map((line) => /^id=(\d+)/.exec(line)?.[1] ?? '');

  describe('with a server that is there', () => {
    it('sends what one turn publishes to a topic in one command, and what it subscribes in one', async () => {
      const [a, b] = await joined();
      await server.command('CONFIG', 'RESETSTAT');
      await Promise.all(numbers(400).map((i) => b.bus.subscribe(`topic ${i}`)));
      expect(await commandCalls('subscribe')).toBe(1);
      await Promise.all(numbers(400).map((i) => b.bus.unsubscribe(`topic ${i}`)));
      await b.bus.subscribe('t');
      expect(await commandCalls('unsubscribe')).toBe(1);
      await server.command('CONFIG', 'RESETSTAT');
      for (const i of numbers(100)) for (const topic of ['t', 'u', 'v']) a.say(topic, i);
      await b.until(() => b.heard.length === 100);
      expect(await commandCalls('publish')).toBe(3);
    });

    it('subscribes nothing for a topic that is given up in the same turn', async () => {
      const [a] = await joined();
      await server.command('CONFIG', 'RESETSTAT');
      const subscribed = a.bus.subscribe('t');
      await a.bus.unsubscribe('t');
      await subscribed;
      await a.bus.subscribe('u');
      expect(await commandCalls('subscribe')).toBe(1);
      expect(await server.command('PUBSUB', 'CHANNELS', 'test:[tu]')).toEqual(['test:u']);
    });

    it('hears nothing of an installation with another prefix', async () => {
      const [a, b] = await joined({ prefix: 'one:' });
      const [c, d] = await joined({ prefix: 'two:' });
      await Promise.all([b, d].map(({ bus }) => bus.subscribe('t')));
      a.say('t', 'one');
      await passes(c, d, 't', 'two');
      await passes(a, b, 't', 'last');
      await passes(c, d, 't', 'last');
      expect([b.heard, d.heard]).toEqual([
        ['t one', 't last'],
        ['t two', 't last'],
      ]);
    });

    it('drops a payload that it cannot read, counts it, and hears the next one', async () => {
      const [a, b] = await joined();
      await b.bus.subscribe('t');
      const raw = new Redis(server.url);
      for (const payload of ['', 'junk', '\u0001short', '\u0002another version', '\u0001123456\u0000\u0000\u0000\u0002{}']) {
        await raw.publish('test:t', payload);
      }
      // A head that is no JSON, and a body that is cut.
      const frame = (head: string, bodyLength: number) => {
        const lengths = [head.length, bodyLength].map((length) => Buffer.from([0, 0, 0, length]));
        return Buffer.concat([Buffer.from('\u0001123456'), lengths[0] ?? none, Buffer.from(head), lengths[1] ?? none]);
      };
      await raw.publish('test:t', frame('{', 0));
      await raw.publish('test:t', frame('{}', 1));
      await raw.publish('test:t', Buffer.concat([frame('"good"', 0)]));
      raw.disconnect();
      await passes(a, b, 't', 'next');
      expect(b.heard).toEqual(['t good', 't next']);
      expect(b.dropped).toEqual({ malformed: 7 });
      expect(b.links).toEqual([false, true]);
    });

    it('drops a head that cannot be written, and a message whose listener throws, and goes on', async () => {
      const [a, b] = await joined();
      await Promise.all([a.bus.subscribe('t'), b.bus.subscribe('t')]);
      const heard: unknown[] = [];
      const last = new Promise<void>((resolve) => {
        b.bus.listen(
          (_, { head }) => {
            if (head === 'bad') throw new Error('no such word');
            heard.push(head);
            if (head === 'last') resolve();
          },
          () => undefined,
        );
      });
      for (const head of ['first', 1n, undefined, 'bad', 'last']) a.say('t', head);
      await last;
      expect(heard).toEqual(['first', 'last']);
      expect(a.heard).toEqual(['t first', 't 1', 't undefined', 't bad', 't last']);
      expect([a.dropped, b.dropped]).toEqual([{ unwritable: 2 }, { listener: 1 }]);
      expect(b.troubles).toEqual(['no such word']);
    });
  });

  describe('when the link is lost', () => {
    it.each(['kill', 'stop'] as const)('tells so, and that it is back with every topic after a %s and a new start', async (how) => {
      const [a, b] = await joined();
      const topics = numbers(1_200).map((i) => `topic ${i}`);
      await Promise.all(topics.map((topic) => b.bus.subscribe(topic)));
      await server[how]();
      await Promise.all([a.link(false), b.link(false)]);
      await server.start();
      await Promise.all([a.link(true), b.link(true)]);
      for (const topic of topics) a.say(topic, 'again');
      await b.until(() => b.heard.length === topics.length);
      expect(b.heard).toEqual(topics.map((topic) => `${topic} again`));
      expect([a.links, b.links]).toEqual([
        [false, true, false, true],
        [false, true, false, true],
      ]);
    });

    it.each(['publish', 'subscribe'] as const)('replaces only its %s connection when that was killed', async (role) => {
      const a = station();
      await a.link(true);
      const [id = ''] = await clients(role);
      const b = station();
      await b.link(true);
      await Promise.all([a, b].map(({ bus }) => bus.subscribe('t')));
      await server.command('CLIENT', 'KILL', 'ID', id);
      await a.until(() => a.links.length === 4);
      expect([a.links, b.links]).toEqual([
        [false, true, false, true],
        [false, true],
      ]);
      expect(a.opened).toEqual({ publish: 1, subscribe: 1, [role]: 2 });
      await passes(b, a, 't', 'here');
      await passes(a, b, 't', 'there');
      expect([a.heard, b.heard]).toEqual([
        ['t here', 't there'],
        ['t here', 't there'],
      ]);
    });

    it('keeps the order and doubles nothing while connections are killed again and again', async () => {
      await withSeed(async (seeded) => {
        const [a, b] = await joined();
        const topics = numbers(5).map((i) => `topic ${i}`);
        await Promise.all(topics.map((topic) => b.bus.subscribe(topic)));
        for (const round of numbers(300)) {
          for (const topic of topics) a.say(topic, round);
          if (seeded.chance(0.1)) void b.bus.unsubscribe(seeded.pick(topics));
          if (seeded.chance(0.3)) void b.bus.subscribe(seeded.pick(topics));
          if (seeded.chance(0.05)) await server.command('CLIENT', 'KILL', 'TYPE', seeded.pick(['pubsub', 'normal']));
          else if (seeded.chance(0.5)) await turn();
        }
        await Promise.all(topics.map((topic) => b.bus.subscribe(topic)));
        // The last kill may not have been noticed yet.
        for (const topic of topics) {
          do {
            a.say(topic, 'after');
            await server.command('PING');
          } while (!b.heard.includes(`${topic} after`));
        }
        for (const topic of topics) {
          const heard = b.heard
            .filter((line) => line.startsWith(`${topic} `))
            .flatMap((line) => (line.endsWith('after') ? [] : Number(line.slice(topic.length))));
          expect(heard).toEqual([...new Set(heard)].sort((x, y) => x - y));
        }
        expect(b.opened.subscribe).toBeGreaterThan(1);
      });
    });

    it('resolves a subscription while it is down, hears its own messages, and the others when the link is back', async () => {
      const [a, b] = await joined();
      await server.kill();
      await b.link(false);
      await Promise.all([b.bus.subscribe('t'), b.bus.subscribe('given up')]);
      await b.bus.unsubscribe('given up');
      b.say('t', 'own');
      expect(b.heard).toEqual(['t own']);
      await server.start();
      await Promise.all([a.link(true), b.link(true)]);
      a.say('given up', 'word');
      await passes(a, b, 't', 'again');
      expect(b.heard).toEqual(['t own', 't again']);
    });

    it('resolves a subscription that it goes down on, after it has told so', async () => {
      const [a] = await joined();
      server.pause();
      let linksThen: boolean[] = [];
      const subscribed = a.bus.subscribe('t').then(() => (linksThen = [...a.links]));
      await turn();
      await server.kill();
      await subscribed;
      expect(linksThen).toEqual([false, true, false]);
    });

    it('drops what is published while it is down, counts it and keeps none of it', async () => {
      const [a, b] = await joined();
      await b.bus.subscribe('t');
      await a.bus.subscribe('t');
      await server.kill();
      await a.link(false);
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      collect();
      const before = process.memoryUsage();
      for (const i of numbers(100)) {
        for (const _ of numbers(1_000)) a.say(`topic ${i}`, i, Buffer.alloc(2_000));
        await turn();
      }
      a.say('t', 'own');
      collect();
      collect();
      const after = process.memoryUsage();
      expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(60_000_000);
      expect(a.dropped).toEqual({ link: 100_001 });
      expect(a.heard).toEqual(['t own']);
      await server.start();
      await Promise.all([a.link(true), b.link(true)]);
      await passes(a, b, 't', 'next');
      expect(b.heard).toEqual(['t next']);
    });

    it('connects as soon as Redis is there when it was not at the start', async () => {
      await server.kill();
      const pair = [station(), station()] as const;
      const [a, b] = pair;
      await Promise.all(pair.map((one) => one.bus.subscribe('t')));
      await Promise.all(pair.map((one) => one.until(() => one.opened.publish > 2 && one.opened.subscribe > 2)));
      await server.start();
      await Promise.all(pair.map((one) => one.link(true)));
      await passes(a, b, 't', 'hello');
      expect(pair.map(({ links }) => links)).toEqual([
        [false, true],
        [false, true],
      ]);
      expect(a.troubles).toEqual([`connect ECONNREFUSED 127.0.0.1:${server.port}`]);
    });
  });

  describe('with a server that hangs', () => {
    const timings = { beatMs: 100, beats: 3, readyMs: 300 };

    it('notices that no beat comes back, and joins again when it answers', async () => {
      const [a, b] = await joined({ timings });
      await b.bus.subscribe('t');
      server.pause();
      await Promise.all([a.link(false), b.link(false)]);
      expect(a.troubles).toEqual(['Redis does not answer']);
      const { opened } = b;
      const before = { ...opened };
      await b.until(() => opened.publish > before.publish + 2 && opened.subscribe > before.subscribe + 2);
      server.resume();
      await Promise.all([a.link(true), b.link(true)]);
      await passes(a, b, 't', 'again');
    });

    it('lets nobody wait for a subscription', async () => {
      const [, b] = await joined({ timings });
      server.pause();
      await b.bus.subscribe('t');
      expect(b.links.at(-1)).toBe(false);
      await b.bus.subscribe('u');
      server.resume();
    });

    it('keeps no more than 8 MiB for it, drops the rest and counts it', async () => {
      const [a] = await joined();
      server.pause();
      for (const i of numbers(640)) {
        a.say('t', i, Buffer.alloc(100_000));
        if (i % 10 === 0) await turn();
      }
      expect(a.dropped.backlog).toBeGreaterThanOrEqual(640 - 85);
      expect(a.dropped.backlog).toBeLessThan(640 - 75);
      server.resume();
      const b = station();
      await b.link(true);
      await b.bus.subscribe('t');
      await passes(a, b, 't', 'next');
    });
  });

  describe('in a process of its own', () => {
    let child: ChildProcess;

    /** A process whose only work is a bus, which it closes at the end of its input. */
    function begin(): void {
      const file = (name: string): string => JSON.stringify(join(__dirname, name));
      const program = `
        const { RedisBus } = require(${file('redis.bus.ts')});
        const { redisConnector } = require(${file('redis-connector.ts')});
        const bus = new RedisBus({ connect: redisConnector('${server.url}'), prefix: 'test:' });
        bus.listen(() => undefined, (up) => console.log(up ? 'up' : 'down'));
        process.stdin.resume().once('end', async () => {
          void bus.subscribe('t').then(() => console.log('subscribed'));
          for (let i = 0; i < 100; i++) bus.publish('t', { head: i, body: Buffer.alloc(100_000) });
          await bus.close();
          console.log('closed');
        });`;
      const env = { ...process.env, TS_NODE_PROJECT: join(__dirname, '../../../tsconfig.json') };
      const aliases = join(__dirname, '../../../scripts/aliases.cjs');
      child = spawn(process.execPath, ['-r', require.resolve('ts-node/register/transpile-only'), '-r', aliases, '-e', program], {
        env,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
    }

    afterEach(() => void child.kill('SIGKILL'));

    it.each(['hangs', 'is not there'] as const)('closes, and lets the process end, while Redis %s', async (state) => {
      if (state === 'is not there') await server.kill();
      begin();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const said: string[] = [];
      for await (const line of createInterface({ input: child.stdout as Readable })) {
        said.push(line);
        if (line !== (state === 'hangs' ? 'up' : 'down')) continue;
        if (state === 'hangs') server.pause();
        child.stdin?.end();
      }
      expect(await ended).toBe(0);
      expect(said).toEqual(state === 'hangs' ? ['down', 'up', 'subscribed', 'closed'] : ['down', 'subscribed', 'closed']);
    });
  });

  describe('with a password', () => {
    const secret = 'p%ss w/ord';
    const withUser = (user: string, password: string): string => server.url.replace('//', `//${user}:${encodeURIComponent(password)}@`);

    it('stays down without the right one, says so without it, and works with it', async () => {
      await server.command('ACL', 'SETUSER', 'parley', 'on', `>${secret}`, 'allchannels', '+@pubsub', '+@connection');
      const refused = station({}, withUser('parley', 'wrong-secret'));
      await refused.until(() => refused.opened.publish > 3 && refused.opened.subscribe > 3);
      await refused.bus.subscribe('t');
      refused.say('t', 'own');
      expect(refused.links).toEqual([false]);
      expect(refused.heard).toEqual(['t own']);
      expect(refused.troubles).toEqual(['WRONGPASS invalid username-password pair or user is disabled.']);
      const admitted = station({}, withUser('parley', secret));
      await admitted.link(true);
      expect(admitted.troubles).toEqual([]);
    });

    it('stays down and says why when it may not publish, or not subscribe', async () => {
      await server.command('ACL', 'SETUSER', 'mute', 'on', `>${secret}`, 'allchannels', '+subscribe', '+@connection');
      await server.command('ACL', 'SETUSER', 'deaf', 'on', `>${secret}`, 'allchannels', '+publish', '+@connection');
      const timings = { beatMs: 500 };
      const mute = station({ timings }, withUser('mute', secret));
      const deaf = station({ timings }, withUser('deaf', secret));
      await mute.until(() => mute.opened.publish > 2);
      await deaf.until(() => deaf.opened.subscribe > 2);
      expect([mute.links, deaf.links]).toEqual([[false], [false]]);
      expect(mute.troubles[0]).toMatch(/^NOPERM .*'publish' command/);
      expect(deaf.troubles[0]).toMatch(/^NOPERM .*'subscribe' command/);
    });

    it('refuses a URL that it cannot read without telling it', () => {
      for (const url of ['redis://user:hunter2@host:99999', 'redis://:hunter2%zz@host']) {
        expect(() => redisConnector(url)).toThrow(/^the URL of Redis cannot be read$/);
      }
    });
  });
});
