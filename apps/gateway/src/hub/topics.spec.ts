import type { Bus } from '@app/bus';
import { Topics } from './topics';

/** A bus that does each step when the test says so, and notes in which order. */
class SlowBus implements Pick<Bus, 'subscribe' | 'unsubscribe'> {
  readonly live = new Set<string>();
  readonly steps: string[] = [];
  readonly waiting: ((error?: Error) => void)[] = [];

  subscribe(topic: string): Promise<void> {
    return this.step(`+${topic}`, () => this.live.add(topic));
  }

  unsubscribe(topic: string): Promise<void> {
    return this.step(`-${topic}`, () => this.live.delete(topic));
  }

  /** Ends the oldest step that is in work, and waits until what follows it has begun. */
  async next(error?: Error): Promise<void> {
    this.waiting.shift()?.(error);
    await settle();
  }

  private step(name: string, done: () => void): Promise<void> {
    this.steps.push(name);
    return new Promise((resolve, reject) => {
      this.waiting.push((error) => {
        if (error) return reject(error);
        done();
        resolve();
      });
    });
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('topics', () => {
  let bus: SlowBus;
  let topics: Topics<unknown>;
  beforeEach(() => {
    bus = new SlowBus();
    topics = new Topics(bus as unknown as Bus);
  });

  it('are subscribed once, and everybody waits until that is live', async () => {
    let live = 0;
    for (let i = 0; i < 3; i++) void topics.hold('t').then(() => live++);
    await settle();
    expect([bus.steps, live]).toEqual([['+t'], 0]);
    await bus.next();
    expect(live).toBe(3);
    await topics.hold('t');
    expect(bus.steps).toEqual(['+t']);
  });

  it('are given up when the last one has gone', async () => {
    void topics.hold('t');
    void topics.hold('t');
    await settle();
    await bus.next();
    topics.release('t');
    await settle();
    expect(bus.steps).toEqual(['+t']);
    topics.release('t');
    await settle();
    await bus.next();
    expect([bus.steps, [...bus.live]]).toEqual([['+t', '-t'], []]);
  });

  it('end subscribed when somebody comes while they are given up', async () => {
    void topics.hold('t');
    await settle();
    await bus.next();
    topics.release('t');
    await settle();
    expect(bus.steps).toEqual(['+t', '-t']);
    let live = false;
    void topics.hold('t').then(() => (live = true));
    await settle();
    expect([bus.steps, live]).toEqual([['+t', '-t'], false]);
    await bus.next();
    await bus.next();
    expect([bus.steps, live, [...bus.live]]).toEqual([['+t', '-t', '+t'], true, ['t']]);
  });

  it('end as the last word says, whatever is said while a step is in work', async () => {
    for (let last = 0; last < 2; last++) {
      void topics.hold('t');
      for (let i = 0; i < 5; i++) {
        topics.release('t');
        void topics.hold('t');
      }
      if (last === 1) {
        topics.release('t');
        topics.release('t');
      }
      await settle();
      while (bus.waiting.length > 0) await bus.next();
      expect([...bus.live]).toEqual(last === 0 ? ['t'] : []);
    }
  });

  it('do not wait for each other', async () => {
    void topics.hold('slow');
    let live = false;
    void topics.hold('quick').then(() => (live = true));
    await settle();
    bus.waiting.pop()?.();
    await settle();
    expect(live).toBe(true);
  });

  it('that could not be subscribed refuse those who wait, and are tried again by the next one', async () => {
    const refused = expect(topics.hold('t')).rejects.toThrow('lost');
    await settle();
    await bus.next(new Error('lost'));
    await refused;
    topics.release('t');
    await settle();
    await bus.next();
    const live = topics.hold('t');
    await settle();
    await bus.next();
    await live;
    expect([...bus.live]).toEqual(['t']);
  });

  it('that could not be given up are subscribed again by the next one', async () => {
    void topics.hold('t');
    await settle();
    await bus.next();
    topics.release('t');
    await settle();
    await bus.next(new Error('lost'));
    const live = topics.hold('t');
    await settle();
    await bus.next();
    await live;
    expect(bus.steps).toEqual(['+t', '-t', '+t']);
  });
});
