import { ManualTimers, settle } from './manual-timers';
import { Sync } from './sync';
import { Backoff } from './backoff';
import { ParleyError } from './errors';
import type { Timeline } from './timeline';
import { Timelines } from './timelines';
import type { Ask, Conversation, Entry } from './wire';

const c2c = (i: number) => `c2c:alice:u${i}`;
const message = (convId: string, seq: number) => ({ kind: 'message', convId, convType: 'c2c', seq, from: 'x' }) as unknown as Entry;

describe('the timelines of a client', () => {
  let timelines: Timelines;
  let opened: Timeline[];
  let told: string[];
  let listening: boolean;

  const create = () => {
    opened = [];
    told = [];
    listening = true;
    timelines = new Timelines({
      ask: (() => new Promise(() => undefined)) as unknown as Ask,
      timers: new ManualTimers(),
      backoff: undefined,
      userId: () => 'alice',
      told: () => undefined,
      opened: (timeline) => {
        opened.push(timeline);
        if (listening) timeline.on('entry', ({ convId, seq }) => told.push(`${convId} ${seq}`));
      },
      wanted: () => true,
      report: (error) => told.push(String(error)),
    });
    timelines.resume();
  };
  beforeEach(create);

  it('name a conversation: anything else is refused at once', () => {
    expect(() => timelines.timeline({ to: 'bob' } as never)).toThrow(TypeError);
  });

  it('are the same for a conversation until it ends', () => {
    const first = timelines.timeline({ groupId: 'g' });
    expect(timelines.timeline({ convId: 'group:g' })).toBe(first);
    first.close();
    expect(timelines.timeline({ groupId: 'g' })).not.toBe(first);
  });

  it('of c2cs that nobody listens to are kept 1,000 at most, and the positions of the others are not lost', () => {
    listening = false;
    for (let i = 0; i < 1_500; i++) timelines.offer(message(c2c(i), 7));
    expect(opened).toHaveLength(1_500);
    for (let i = 0; i < 500; i++) timelines.offer(message(c2c(1_499), 8 + i));
    expect(opened).toHaveLength(1_500);
    timelines.offer(message(c2c(0), 8));
    expect(opened).toHaveLength(1_501);
    expect(timelines.save().positions).toMatchObject({ [c2c(0)]: 8, [c2c(1)]: 7, [c2c(1_499)]: 507 });
  });

  it('that nobody listens to end when others need their place, or when the app opens the conversation', () => {
    listening = false;
    timelines.offer(message(c2c(0), 7));
    timelines.offer(message(c2c(1), 7));
    const replaced = timelines.timeline({ convId: c2c(0) });
    expect(opened[0]?.ended).toEqual({ code: 'CLOSED' });
    for (let i = 2; i < 1_100; i++) timelines.offer(message(c2c(i), 7));
    expect(opened[1]?.ended).toEqual({ code: 'CLOSED' });
    expect(replaced.ended).toBeUndefined();
  });

  it('hear on after the end of one whose place they took', () => {
    listening = false;
    timelines.offer(message(c2c(0), 7));
    const second = timelines.timeline({ convId: c2c(0) });
    second.on('entry', ({ seq }) => told.push(`second ${seq}`));
    opened[0]?.close();
    timelines.offer(message(c2c(0), 8));
    expect([told, opened.length]).toEqual([['second 8'], 1]);
  });

  it('tell an entry that is on its way while the first list counts it already', () => {
    timelines.learn([{ convId: c2c(1), lastSeq: 7 }]);
    timelines.learned();
    timelines.offer(message(c2c(1), 6));
    timelines.offer(message(c2c(1), 7));
    expect(told).toEqual([`${c2c(1)} 6`, `${c2c(1)} 7`]);
  });

  it('begin with the first entry of a c2c that was not in the list', () => {
    timelines.learned();
    timelines.offer(message(c2c(1), 1));
    timelines.learn([{ convId: c2c(2), lastSeq: 3 }]);
    expect([told, opened.map(({ convId, position }) => [convId, position])]).toEqual([
      [`${c2c(1)} 1`],
      [
        [c2c(1), 1],
        [c2c(2), 0],
      ],
    ]);
  });

  it('are saved with what is known to exist and was not told', () => {
    timelines.learned();
    timelines.learn([{ convId: c2c(2), lastSeq: 3 }]);
    expect(timelines.save()).toEqual({ positions: { [c2c(2)]: 0 }, heads: { [c2c(2)]: 3 } });
  });
});

describe('a sync', () => {
  const page = (next: string, hasMore = false) => ({ conversations: [{ convId: next }] as unknown as Conversation[], next, hasMore });

  it('asks page by page, keeps the last token, and runs once more when it was asked for meanwhile', async () => {
    const asked: unknown[] = [];
    const pages = [page('a', true), page('b'), page('c')];
    const sync: Sync = new Sync({
      ask: (async (_: string, data: unknown) => {
        asked.push(data);
        await settle(1);
        return pages.shift();
      }) as unknown as Ask,
      timers: new ManualTimers(),
      backoff: new Backoff(),
      take: () => undefined,
      done: () => asked.push('done'),
      report: (error) => asked.push(error),
    });
    sync.run();
    sync.run();
    sync.run();
    await settle();
    expect(asked).toEqual([{}, { since: 'a' }, 'done', { since: 'b' }, 'done']);
    expect(sync.token).toBe('c');
  });

  it('goes on after a cut where it was, and is finished when it has come to its end', async () => {
    const asked: unknown[] = [];
    const answers = [page('a', true), new ParleyError('DISCONNECTED', ''), page('b'), page('c')];
    const sync = new Sync({
      ask: ((_: string, data: unknown) => {
        asked.push(data);
        const answer = answers.shift();
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      }) as unknown as Ask,
      timers: new ManualTimers(),
      backoff: new Backoff(),
      take: () => undefined,
      done: () => undefined,
      report: (error) => asked.push(error),
    });
    sync.run();
    await settle();
    sync.stop();
    expect([asked, sync.token]).toEqual([[{}, { since: 'a' }], undefined]);
    sync.run();
    await settle();
    expect([asked.slice(2), sync.token]).toEqual([[{ since: 'a' }], 'b']);
    sync.run();
    await settle();
    expect(asked.at(-1)).toEqual({ since: 'b' });
  });

  it('begins from nothing when the store does not know its token, and tries again when the store is away', async () => {
    const timers = new ManualTimers();
    const asked: unknown[] = [];
    const answers = [new ParleyError('BAD_REQUEST', ''), new ParleyError('UNAVAILABLE', ''), page('a')];
    const sync = new Sync({
      ask: (async (_: string, data: unknown) => {
        asked.push(data);
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return Promise.resolve(answer);
      }) as unknown as Ask,
      timers,
      backoff: new Backoff(),
      take: () => undefined,
      done: () => undefined,
      report: (error) => asked.push(error),
    });
    sync.restart('old');
    sync.run();
    await timers.pass(1_000);
    expect([asked, sync.token]).toEqual([[{ since: 'old' }, {}, {}], 'a']);
  });
});
