import { Backoff } from './backoff';
import { Deliveries } from './deliveries';
import { ParleyError } from './errors';
import { ManualTimers } from './manual-timers';
import type { Ask, Entry } from './wire';

describe('what the server is told of deliveries', () => {
  let timers: ManualTimers;
  let asked: string[];
  let answer: ParleyError | undefined;
  let deliveries: Deliveries;
  const entry = (seq: number, more: Record<string, unknown> = {}) =>
    ({ kind: 'message', convId: 'c2c:alice:bob', convType: 'c2c', seq, from: 'bob', ...more }) as unknown as Entry;

  beforeEach(() => {
    timers = new ManualTimers();
    asked = [];
    answer = undefined;
    const ask = ((action: string, { convId, seq }: { convId: string; seq: number }) => {
      asked.push(`${action} ${convId} ${seq}`);
      return answer ? Promise.reject(answer) : Promise.resolve({});
    }) as unknown as Ask;
    deliveries = new Deliveries({ ask, timers, backoff: new Backoff({ baseMs: 8_000, capMs: 8_000 }, () => 0.5), userId: () => 'alice' });
  });

  it('is the first at once, and then the last of each second', async () => {
    for (const seq of [1, 2, 3]) deliveries.told(entry(seq));
    expect(asked).toEqual(['delivered c2c:alice:bob 1']);
    await timers.pass(1_000);
    expect(asked).toEqual(['delivered c2c:alice:bob 1', 'delivered c2c:alice:bob 3']);
    await timers.pass(10_000);
    expect(asked).toHaveLength(2);
    deliveries.told(entry(4));
    expect(asked).toHaveLength(3);
  });

  it('is counted by conversation', () => {
    deliveries.told(entry(1));
    deliveries.told(entry(7, { convId: 'c2c:alice:cem', from: 'cem' }));
    expect(asked).toEqual(['delivered c2c:alice:bob 1', 'delivered c2c:alice:cem 7']);
  });

  it('is told again when the connection went, or after a failure that passes', async () => {
    answer = new ParleyError('DISCONNECTED', 'the connection went');
    for (const seq of [1, 2]) deliveries.told(entry(seq));
    await timers.pass(3_999);
    expect(asked).toHaveLength(1);
    answer = new ParleyError('UNAVAILABLE', 'a moment', { retryAfterMs: 6_000 });
    await timers.pass(1);
    expect(asked.slice(1)).toEqual(['delivered c2c:alice:bob 2']);
    await timers.pass(5_000);
    deliveries.told(entry(3));
    answer = undefined;
    await timers.pass(1_000);
    expect(asked.slice(2)).toEqual(['delivered c2c:alice:bob 3']);
    await timers.pass(10_000);
    expect(asked).toHaveLength(3);
  });

  it('is not told again when the server refused it', async () => {
    answer = new ParleyError('NOT_FOUND', 'there is no such thing');
    deliveries.told(entry(1));
    await timers.pass(10_000);
    expect(asked).toHaveLength(1);
  });

  it('ends with the client', async () => {
    for (const seq of [1, 2]) deliveries.told(entry(seq));
    deliveries.clear();
    expect(timers.waiting).toBe(0);
    await timers.pass(10_000);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['what the user sent', entry(1, { from: 'alice' })],
    ['groups', entry(1, { convId: 'group:g', convType: 'group' })],
    ['what is no message', entry(1, { kind: 'recalled' })],
  ])('is nothing of %s', (_, one) => {
    deliveries.told(one);
    expect(asked).toEqual([]);
  });
});
