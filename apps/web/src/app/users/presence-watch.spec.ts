import { PresenceWatch } from './presence-watch';

/** A watch on made-up time, and who was asked about in each request. */
function watching({ friends = [] as readonly string[], isOnline = true } = {}) {
  const asked: (readonly string[])[] = [];
  const told: unknown[] = [];
  const watch = new PresenceWatch({
    ask: (userIds) => {
      asked.push(userIds);
      return Promise.resolve(userIds.map((userId) => ({ userId, online: true, lastSeenAt: null })));
    },
    told: (presence) => void told.push(presence),
    isTold: (userId) => friends.includes(userId),
    isOnline: () => isOnline,
    isSeen: () => true,
  });
  return { watch, asked, told };
}
const people = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `u${from + at}`);

describe('who is there of those on the screen', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is asked of all who come into view together, each once', async () => {
    const { watch, asked, told } = watching();
    watch.watch(['ada', 'bob']);
    watch.watch(['bob', 'cem']);
    await jest.advanceTimersByTimeAsync(50);
    expect(asked).toEqual([['ada', 'bob', 'cem']]);
    expect(told).toEqual([Object.fromEntries(asked[0]!.map((id) => [id, { online: true, lastSeenAt: null }]))]);
    watch.close();
  });

  it('is asked every minute of those of whom the server tells nothing by itself', async () => {
    const { watch, asked } = watching({ friends: ['ada'] });
    watch.watch(['ada', 'bob']);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([['ada', 'bob'], ['bob']]);
    watch.close();
  });

  it('is not asked of those who were gone from the screen at once, nor later of those who went', async () => {
    const { watch, asked } = watching();
    watch.watch(['ada'])();
    const end = watch.watch(['bob']);
    await jest.advanceTimersByTimeAsync(50);
    end();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([['bob']]);
    watch.close();
  });

  it('is asked of at most 200 at once, and of at most 400 of all', async () => {
    const { watch, asked } = watching();
    watch.watch(people(1_000));
    watch.again();
    expect(asked.map((some) => some.length)).toEqual([200, 200]);
    watch.close();
  });

  it('is asked of all when the connection is there again, and of nobody without one', () => {
    const { watch, asked } = watching({ friends: ['ada'] });
    watch.watch(['ada']);
    watch.again();
    expect(asked).toEqual([['ada']]);
    watch.close();
    const away = watching({ isOnline: false });
    away.watch.watch(['ada']);
    away.watch.again();
    expect(away.asked).toEqual([]);
    away.watch.close();
  });
});
