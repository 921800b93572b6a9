import type { Bus } from './bus';

/** What every bus must do. `make` gives two buses that are joined. */
export function busContract(name: string, make: () => Promise<[Bus<number>, Bus<number>]>): void {
  describe(`${name}: the contract of a bus`, () => {
    let a: Bus<number>;
    let b: Bus<number>;
    let heard: string[];
    const none = Buffer.alloc(0);

    beforeEach(async () => {
      [a, b] = await make();
      heard = [];
      a.listen(
        (topic, { head }) => heard.push(`a ${topic} ${head}`),
        () => undefined,
      );
      b.listen(
        (topic, { head }) => heard.push(`b ${topic} ${head}`),
        () => undefined,
      );
    });

    afterEach(async () => {
      await a.close();
      await b.close();
    });

    /** Sends a last message on a topic of its own and waits until it was heard: everything before it has had its time. */
    async function settle(from: Bus<number>): Promise<void> {
      await b.subscribe('last');
      from.publish('last', { head: 0, body: none });
      while (!heard.includes('b last 0')) await new Promise((resolve) => setImmediate(resolve));
      heard = heard.filter((line) => !line.includes('last'));
    }

    it('brings messages of one publisher to one topic in their order', async () => {
      await b.subscribe('t');
      for (let i = 0; i < 100; i++) a.publish('t', { head: i, body: none });
      await settle(a);
      expect(heard).toEqual(Array.from({ length: 100 }, (_, i) => `b t ${i}`));
    });

    it('lets a subscriber hear its own message before publish returns', async () => {
      await a.subscribe('t');
      a.publish('t', { head: 1, body: none });
      expect(heard).toEqual(['a t 1']);
    });

    it('brings a message once to a bus that subscribed twice', async () => {
      await b.subscribe('t');
      await b.subscribe('t');
      a.publish('t', { head: 1, body: none });
      await settle(a);
      expect(heard).toEqual(['b t 1']);
    });

    it('brings nothing of topics that were not subscribed or were given up', async () => {
      await b.subscribe('t');
      await b.unsubscribe('t');
      a.publish('t', { head: 1, body: none });
      a.publish('other', { head: 2, body: none });
      await settle(a);
      expect(heard).toEqual([]);
    });

    it('passes bytes on unchanged', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const bodies: Buffer[] = [];
      b.listen(
        (_, { body }) => bodies.push(body),
        () => undefined,
      );
      await b.subscribe('t');
      a.publish('t', { head: 1, body: bytes });
      while (bodies.length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(bodies[0]).toEqual(bytes);
    });
  });
}
