import { Background, createLog } from '@app/kit';
import { ImError, groupConversation } from '@app/protocol';
import { type ConversationRef, clientKey } from '@app/storage';
import { type TempStore, openTempStore } from '@app/testing';
import type { FanoutJob } from './job';
import { Relay, type Turns } from './relay';

const nudgeMs = 1_000;

let store: TempStore;
let now: number;
let group: ConversationRef;
const relays: Relay<never>[] = [];

beforeEach(async () => {
  now = 10_000;
  store = await openTempStore(undefined, { clock: { now: () => now } });
  group = await store.conversations.ensure(groupConversation('g'));
  // The relays' looks and turns take seconds. The store works by the rest of the event loop, which is real.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.close()));
  jest.useRealTimers();
  await store.close();
});

let keys = 0;
const send = (ref = group) =>
  store.log.append({
    conversation: ref,
    sender: 'ada',
    key: clientKey(`${keys++}`),
    content: { kind: 'message', type: 'text', body: '{}' },
  });

/** Takes what relays hand over, or does not. */
class Taker {
  readonly jobs: FanoutJob[] = [];
  away = false;
  /** Awaited before jobs are taken. */
  before: () => Promise<unknown> = () => Promise.resolve();

  async produce(jobs: readonly FanoutJob[]): Promise<void> {
    await this.before();
    if (this.away) throw new ImError('UNAVAILABLE');
    this.jobs.push(...jobs);
  }

  get seqs(): string[] {
    return this.jobs.map(({ convId, seq }) => `${convId} ${seq}`);
  }
}

const always: Turns = { take: () => Promise.resolve(true), release: () => Promise.resolve() };

function relay(queue: Taker, turns: Turns = always): { pending: number[] } {
  const pending: number[] = [];
  const log = createLog('silent');
  const background = new Background(log, store.metrics.backgroundFailures);
  const made = new Relay({ outbox: store.outbox, turns, queue, background, log, nudgeMs, pending: (count) => pending.push(count) });
  relays.push(made as unknown as Relay<never>);
  made.start();
  return { pending };
}

const sleep = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));

/** Lets time pass for the relays until something is so; a minute is longer than any of them waits. */
async function eventually(so: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (let ms = 0; !(await so()); ms += 50) {
    if (ms > 60_000) throw new Error(`a minute has passed without ${what()}`);
    await jest.advanceTimersByTimeAsync(50);
  }
}

const emptied = () =>
  eventually(
    async () => (await store.outbox.count()) === 0,
    () => 'the end of the outbox',
  );

describe('a relay', () => {
  it('hands over what was said in a group once its time has come, as one job, and forgets it', async () => {
    const queue = new Taker();
    await send();
    await send();
    relay(queue);
    await store.outbox.due(0, 1);
    expect(queue.jobs).toEqual([]);
    now += nudgeMs;
    await emptied();
    expect(queue.seqs).toEqual(['group:g 2']);
  });

  it('keeps what nobody takes, tells how much that is, and hands it over when somebody does', async () => {
    const queue = new Taker();
    queue.away = true;
    for (const id of ['a', 'b', 'c']) await send(await store.conversations.ensure(groupConversation(id)));
    now += nudgeMs;
    const { pending } = relay(queue);
    await eventually(
      () => pending.at(-1) === 3,
      () => '3 rows',
    );
    await send();
    now += nudgeMs;
    await eventually(
      () => pending.at(-1) === 4,
      () => '4 rows',
    );
    queue.away = false;
    await emptied();
    expect(queue.seqs.sort()).toEqual(['group:a 1', 'group:b 1', 'group:c 1', 'group:g 1']);
    await eventually(
      () => pending.at(-1) === 0,
      () => '0 rows',
    );
  });

  it('goes on after a failure that nobody expected, and ends in good order after another one', async () => {
    const queue = new Taker();
    let failures = 0;
    queue.before = () => (failures++ === 0 ? Promise.reject(new Error('nobody expected this')) : Promise.resolve());
    await send();
    now += nudgeMs;
    relay(queue);
    await emptied();
    expect(queue.seqs).toEqual(['group:g 1']);
    queue.before = () => Promise.reject(new Error('nor this'));
    await send();
    now += nudgeMs;
    const { backgroundFailures } = store.metrics;
    await eventually(
      async () => ((await backgroundFailures.get()).values[0]?.value ?? 0) >= 2,
      () => 'the second failure',
    );
    await expect(relays[0]?.close()).resolves.toBeUndefined();
  });

  it('hands over again what was raised while it was being handed over', async () => {
    const queue = new Taker();
    let raise: Promise<unknown> | undefined;
    queue.before = () => (raise ??= send());
    await send();
    now += nudgeMs;
    relay(queue);
    await eventually(
      () => queue.jobs.length === 1,
      () => 'the first job',
    );
    expect(queue.seqs).toEqual(['group:g 1']);
    // As if it was new: it is not of age yet.
    expect(await store.outbox.count()).toBe(1);
    now += nudgeMs;
    await emptied();
    expect(queue.seqs).toEqual(['group:g 1', 'group:g 2']);
  });

  it('hands over many groups, those that wait longest first', async () => {
    const queue = new Taker();
    const names = Array.from({ length: 450 }, (_, i) => `g${i}`);
    for (const name of names) {
      now += 1;
      await send(await store.conversations.ensure(groupConversation(name)));
    }
    now += nudgeMs;
    relay(queue);
    await emptied();
    expect(queue.seqs).toEqual(names.map((name) => `group:${name} 1`));
  });

  it('does nothing until it is its turn, and lets others have it when it ends', async () => {
    let holder: string | undefined;
    const turns = (name: string): Turns => ({
      take: () => Promise.resolve((holder ??= name) === name),
      release: () => {
        holder = undefined;
        return Promise.resolve();
      },
    });
    const [first, second] = [new Taker(), new Taker()];
    relay(first, turns('first'));
    relay(second, turns('second'));
    await send();
    now += nudgeMs;
    await emptied();
    expect([first.seqs, second.seqs]).toEqual([['group:g 1'], []]);
    await relays[0]?.close();
    await send();
    now += nudgeMs;
    await emptied();
    expect([first.seqs, second.seqs]).toEqual([['group:g 1'], ['group:g 2']]);
  });

  it('lets others try when nobody takes from it what it has', async () => {
    let holder: string | undefined;
    const turns = (name: string): Turns => ({
      take: () => Promise.resolve((holder ??= name) === name),
      release: () => {
        if (holder === name) holder = undefined;
        return Promise.resolve();
      },
    });
    const [first, second] = [new Taker(), new Taker()];
    first.away = true;
    relay(first, turns('first'));
    relay(second, turns('second'));
    await send();
    now += nudgeMs;
    await emptied();
    expect([first.seqs, second.seqs]).toEqual([[], ['group:g 1']]);
  });

  it('goes on when its turn ran out while the store was slow to give it again', async () => {
    const slow = [0, 1_000, 3_200];
    const turns: Turns = { ...always, take: () => sleep(slow.shift() ?? 0, true) };
    const queue = new Taker();
    relay(queue, turns);
    // The turn is taken at 0, 2 and 5 seconds. It runs out at 8, and is given again at 8.2.
    await jest.advanceTimersByTimeAsync(9_500);
    await send();
    now += nudgeMs;
    await emptied();
    expect(queue.seqs).toEqual(['group:g 1']);
  });

  it('does no harm beside another one that believes that it is its turn too', async () => {
    const queue = new Taker();
    for (let i = 0; i < 3; i++) relay(queue);
    for (let i = 0; i < 20; i++) {
      await send();
      now += nudgeMs;
    }
    await emptied();
    expect(queue.seqs.at(-1)).toBe('group:g 20');
  });
});
