import { randomBytes } from 'node:crypto';
import type { Bus } from './bus';

const none = Buffer.alloc(0);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Everything that one bus hears, in its order. */
class Ear {
  readonly messages: { readonly topic: string; readonly head: unknown; readonly body: Buffer }[] = [];
  readonly links: boolean[] = [];
  private waiting: (() => void)[] = [];

  constructor(bus: Bus) {
    bus.listen(
      (topic, message) => {
        this.messages.push({ topic, ...message });
        for (const again of this.waiting.splice(0)) again();
      },
      (up) => this.links.push(up),
    );
  }

  /** The heads that were heard on a topic. */
  on(topic: string): unknown[] {
    return this.messages.filter((message) => message.topic === topic).map(({ head }) => head);
  }

  /** Waits until so many messages were heard on a topic. */
  async count(topic: string, count: number): Promise<void> {
    while (this.on(topic).length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

/** What every bus must do. `make` gives two buses that are joined, with the link up. */
export function busContract(name: string, make: () => Promise<[Bus, Bus]>): void {
  describe(`${name}: the contract of a bus`, () => {
    let a: Bus;
    let b: Bus;
    let atA: Ear;
    let atB: Ear;

    beforeEach(async () => {
      [a, b] = await make();
      atA = new Ear(a);
      atB = new Ear(b);
    });

    afterEach(async () => {
      await Promise.all([a.close(), b.close()]);
    });

    const say = (bus: Bus, topic: string, head: unknown, body = none): void => bus.publish(topic, { head, body });

    // Topics may go by several ways, and only those of one way keep an order among each other.
    const ways = numbers(32).map((i) => `settle ${i}`);

    /** Sends words of its own to and fro, by every way: when they are back, what either bus published before has had its time at the other. */
    async function settle(): Promise<void> {
      await Promise.all(ways.flatMap((way) => [a.subscribe(way), b.subscribe(way)]));
      for (const [from, far] of [
        [a, atB],
        [b, atA],
      ] as const) {
        const heard = ways.map((way) => far.on(way).length);
        for (const way of ways) say(from, way, 'are you there?');
        for (const [i, way] of ways.entries()) await far.count(way, (heard[i] as number) + 1);
      }
    }

    it('tells who listens that the link is up, and again whoever listens next', () => {
      expect(atA.links).toEqual([true]);
      expect(new Ear(a).links).toEqual([true]);
      expect(atA.links).toEqual([true]);
    });

    it('brings messages of one publisher to one topic in their order, also in bursts over many topics', async () => {
      const topics = numbers(200).map((i) => `topic ${i}`);
      await Promise.all(topics.map((topic) => b.subscribe(topic)));
      for (const burst of numbers(5)) {
        for (const i of numbers(10)) {
          for (const topic of topics) {
            say(a, topic, ['a', burst * 10 + i]);
            say(b, topic, ['b', burst * 10 + i]);
          }
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const topic of topics) await atB.count(topic, 100);
      for (const topic of topics) {
        for (const who of ['a', 'b']) {
          const heard = (atB.on(topic) as [string, number][]).filter(([from]) => from === who);
          expect(heard).toEqual(numbers(50).map((i) => [who, i]));
        }
      }
    });

    it('keeps the order of thousands of messages of one turn', async () => {
      await b.subscribe('t');
      for (const i of numbers(3_000)) say(a, 't', i, Buffer.alloc(i % 500));
      await atB.count('t', 3_000);
      expect(atB.on('t')).toEqual(numbers(3_000));
      expect(atB.messages.every(({ head, body }) => body.length === (head as number) % 500)).toBe(true);
    });

    it('lets a subscriber hear its own message before publish returns, and only once', async () => {
      await Promise.all([a.subscribe('t'), b.subscribe('t')]);
      say(a, 't', 'own');
      expect(atA.on('t')).toEqual(['own']);
      // What b answers comes after an echo would.
      await atB.count('t', 1);
      say(b, 't', 'answer');
      await atA.count('t', 2);
      expect(atA.on('t')).toEqual(['own', 'answer']);
      expect(atB.on('t')).toEqual(['own', 'answer']);
    });

    it('brings an answer that is published while a message is heard after that message', async () => {
      await Promise.all([a.subscribe('t'), b.subscribe('t')]);
      const first = new Promise<void>((resolve) => {
        const heard: unknown[] = [];
        a.listen(
          (_, { head }) => {
            if (heard.push(head) === 1) say(a, 't', 'answer');
            if (heard.length === 2) resolve();
          },
          () => undefined,
        );
      });
      say(a, 't', 'question');
      await first;
      await atB.count('t', 2);
      expect(atB.on('t')).toEqual(['question', 'answer']);
    });

    it('brings a message once to a bus that subscribed twice', async () => {
      await Promise.all([b.subscribe('t'), b.subscribe('t')]);
      await b.subscribe('t');
      say(a, 't', 1);
      await settle();
      expect(atB.on('t')).toEqual([1]);
    });

    it('brings nothing of topics that were not subscribed or were given up', async () => {
      await b.subscribe('t');
      await b.unsubscribe('t');
      say(a, 't', 1);
      say(a, 'other', 2);
      say(b, 't', 3);
      await settle();
      expect([...atB.on('t'), ...atB.on('other')]).toEqual([]);
    });

    it('brings nothing more of a topic from the moment it is given up', async () => {
      await b.subscribe('t');
      say(a, 't', 1);
      void b.unsubscribe('t');
      const heard = atB.on('t').length;
      await settle();
      expect(atB.on('t')).toHaveLength(heard);
    });

    it('brings everything that is published once subscribe has resolved', async () => {
      const topics = numbers(200).map((i) => `topic ${i}`);
      await Promise.all(
        topics.map(async (topic) => {
          await b.subscribe(topic);
          say(a, topic, 'first');
        }),
      );
      for (const topic of topics) await atB.count(topic, 1);
      expect(topics.flatMap((topic) => atB.on(topic))).toEqual(topics.map(() => 'first'));
    });

    it.each([
      ['subscribed', ['unsubscribe', 'subscribe']],
      ['subscribed', ['subscribe', 'unsubscribe', 'subscribe']],
      ['given up', ['subscribe', 'unsubscribe']],
      ['given up', ['unsubscribe', 'subscribe', 'unsubscribe']],
    ] as const)('ends %s after calls that overlap: %j', async (end, calls) => {
      // Each time one more turn lies between the calls, so that they meet every stage of the ones before.
      for (const turns of numbers(6)) {
        const topic = `topic ${turns}`;
        if (calls[0] === 'unsubscribe') await b.subscribe(topic);
        const steps: Promise<void>[] = [];
        for (const call of calls) {
          steps.push(b[call](topic));
          for (const _ of numbers(turns)) await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all(steps);
        say(a, topic, 'word');
        await settle();
        expect(atB.on(topic)).toEqual(end === 'subscribed' ? ['word'] : []);
      }
    });

    it('tells topics apart by every byte', async () => {
      const topics = ['t', 'T', 't ', ' t', 't:', 'tt', 'ü', 'u\u0308', '🍣', '🍺', '*', 't*', 't\u0000', '__proto__'];
      await Promise.all(topics.map((topic) => b.subscribe(topic)));
      for (const topic of topics) say(a, topic, `for ${topic}`);
      for (const topic of topics) await atB.count(topic, 1);
      expect(topics.map((topic) => atB.on(topic))).toEqual(topics.map((topic) => [`for ${topic}`]));
    });

    it('passes heads on unchanged', async () => {
      const heads = [
        0,
        -1.5,
        '',
        'ü 🍣 \u0000 "',
        null,
        true,
        [],
        [1, [2]],
        {},
        { kind: 'entry', seq: 2 ** 53 - 1, nested: { at: [null] } },
      ];
      await b.subscribe('t');
      for (const head of heads) say(a, 't', head);
      await atB.count('t', heads.length);
      expect(atB.on('t')).toEqual(heads);
    });

    it('passes bytes on unchanged, from none to a megabyte', async () => {
      const everyByte = Buffer.from(numbers(256));
      const bodies = [none, everyByte, randomBytes(100 * 1024), none, randomBytes(1024 * 1024), everyByte, randomBytes(300 * 1024)];
      await b.subscribe('t');
      for (const body of bodies) say(a, 't', 0, body);
      await atB.count('t', bodies.length);
      expect(atB.messages.map(({ body }, i) => body.equals(bodies[i] as Buffer))).toEqual(bodies.map(() => true));
    });

    it('neither hears nor speaks once it is closed, and takes every call', async () => {
      await Promise.all([a.subscribe('t'), b.subscribe('t')]);
      await b.close();
      say(a, 't', 1);
      say(b, 't', 2);
      await b.subscribe('t');
      say(b, 't', 3);
      await b.unsubscribe('t');
      await b.close();
      const late = new Ear(b);
      expect([...atB.messages, ...late.messages, ...late.links]).toEqual([]);
      expect(atA.on('t')).toEqual([1]);
    });

    it('still sends what was published before it is closed', async () => {
      await b.subscribe('t');
      for (const i of numbers(1_000)) say(a, 't', i);
      await a.close();
      await atB.count('t', 1_000);
      expect(atB.on('t')).toEqual(numbers(1_000));
    });
  });
}
