import fc from 'fast-check';
import { Backoff } from './backoff';
import { ParleyError, type ParleyErrorCode } from './errors';
import { ManualTimers, settle } from './manual-timers';
import { ConversationTimeline, type Gap, type TimelineParts } from './timeline';
import type { ActionOutput, Entry } from './wire';

const convId = 'group:g';
const entry = (seq: number): Entry => ({
  kind: 'message',
  convId,
  convType: 'group',
  seq,
  number: seq,
  serverMsgId: `s-${seq}`,
  clientMsgId: `c${seq}`,
  from: 'bob',
  groupId: 'g',
  type: 'text',
  payload: { text: `${seq}` },
  timestamp: seq,
});
const left = (seq: number, userId: string): Entry => ({
  kind: 'member_left',
  convId,
  seq,
  from: userId,
  timestamp: seq,
  userId,
  reason: 'left',
});
const numbers = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

/** A log, a connection to it, and what a timeline tells of it. */
class Stage {
  readonly timers = new ManualTimers();
  /** What the user may see. */
  log: Entry[] = [];
  head = 0;
  recovered: boolean | undefined;
  refusals: ParleyErrorCode[] = [];
  readonly reads: { after: number; limit: number }[] = [];
  readonly subscribed: (number | undefined)[] = [];
  readonly told: string[] = [];
  readonly seqs: number[] = [];
  readonly positions: number[] = [];
  readonly timeline: ConversationTimeline;
  private reading = 0;

  constructor({ from, group = true, ...options }: { from?: number; group?: boolean; kept?: boolean; missed?: 'page' | 'skip' } = {}) {
    const parts: TimelineParts = {
      convId,
      timers: this.timers,
      backoff: new Backoff({}, () => 1),
      userId: () => 'alice',
      missed: options.missed ?? 'page',
      read: (after, limit) => this.read(after, limit),
      report: (error) => this.told.push(`failed ${String(error)}`),
      onEnd: () => undefined,
      ...(group ? { subscribe: (fromSeq) => this.subscribe(fromSeq) } : {}),
    };
    this.timeline = new ConversationTimeline(parts, from, options.kept ?? true);
    if (options.kept === false) return;
    this.timeline.on('entry', ({ seq }) => this.seqs.push(seq));
    this.timeline.on('position', (position) => this.positions.push(position));
    this.timeline.on('gap', (gap: Gap) => this.told.push(`gap ${gap.from}-${gap.to}`));
    this.timeline.on('reset', ({ reason }) => this.told.push(`reset ${reason}`));
    this.timeline.on('end', ({ code }) => this.told.push(`end ${code}`));
  }

  write(...seqs: number[]): void {
    this.log.push(...seqs.map(entry));
    this.head = Math.max(this.head, ...seqs);
  }

  hear(...seqs: number[]): void {
    for (const seq of seqs) this.timeline.offer(entry(seq));
  }

  private async read(after: number, limit: number): Promise<ActionOutput<'entries'>> {
    expect(++this.reading).toBe(1);
    this.reads.push({ after, limit });
    await settle(1);
    this.reading--;
    this.refuse();
    const rest = this.log.filter(({ seq }) => seq > after);
    return { entries: rest.slice(0, limit), lastSeq: this.head, hasMore: rest.length > limit };
  }

  private async subscribe(fromSeq: number | undefined): Promise<ActionOutput<'subscribe_group'>> {
    this.subscribed.push(fromSeq);
    this.refuse();
    const recovered = this.recovered ?? (fromSeq === undefined || (fromSeq <= this.head && this.head - fromSeq <= 500));
    return Promise.resolve({ groupId: 'g', convId, lastSeq: this.head, recovered });
  }

  private refuse(): void {
    const code = this.refusals.shift();
    if (code) throw new ParleyError(code, 'refused');
  }
}

describe('a timeline of a group', () => {
  it('tells what comes from now on, and asks for what it missed after a cut', async () => {
    const stage = new Stage();
    stage.write(...numbers(1, 7));
    stage.timeline.resume();
    await settle();
    stage.write(8, 9);
    stage.hear(8, 9);
    stage.timeline.suspend();
    stage.timeline.resume();
    await settle();
    expect([stage.seqs, stage.subscribed, stage.timeline.position]).toEqual([[8, 9], [undefined, 9], 9]);
    expect(stage.positions).toEqual([7, 8, 9]);
  });

  it('tells each entry once and in order, and holds back what comes too early', async () => {
    const stage = new Stage({ from: 0 });
    stage.timeline.resume();
    await settle();
    stage.hear(1, 3, 3, 1, 4, 2, 2, 5);
    await stage.timers.pass(1_000);
    expect([stage.seqs, stage.reads]).toEqual([[1, 2, 3, 4, 5], []]);
  });

  it('reads a hole after 100 ms, and only as much as is missing', async () => {
    const stage = new Stage({ from: 0 });
    stage.timeline.resume();
    await settle();
    stage.write(...numbers(1, 6));
    stage.hear(1, 5, 6);
    await stage.timers.pass(99);
    expect(stage.reads).toEqual([]);
    await stage.timers.pass(1);
    await settle();
    expect([stage.reads, stage.seqs]).toEqual([[{ after: 1, limit: 3 }], numbers(1, 6)]);
  });

  it('reads by itself what was too much for the subscription, with live entries held meanwhile', async () => {
    const stage = new Stage({ from: 10 });
    stage.write(...numbers(1, 1_000));
    stage.timeline.resume();
    await settle();
    stage.write(1_001, 1_002);
    stage.hear(1_001, 1_002);
    await stage.timers.pass(1);
    await settle();
    expect(stage.seqs).toEqual(numbers(11, 1_002));
    expect(Math.max(...stage.reads.map(({ limit }) => limit))).toBeLessThanOrEqual(500);
  });

  it('tells a gap instead, where the app wants it so', async () => {
    const stage = new Stage({ from: 10, missed: 'skip' });
    stage.write(...numbers(1, 1_000));
    stage.timeline.resume();
    await settle();
    stage.hear(1_001);
    expect([stage.told, stage.seqs, stage.reads]).toEqual([['gap 11-1000'], [1_001], []]);
  });

  it('takes entries that come in the same turn as the ack of the subscription', async () => {
    const stage = new Stage({ from: 3 });
    stage.write(...numbers(1, 5));
    stage.timeline.resume();
    stage.hear(4, 5, 6, 7);
    await settle();
    stage.hear(8);
    expect([stage.seqs, stage.told]).toEqual([[4, 5, 6, 7, 8], []]);
  });

  it('goes on after a gap when the user came back to the group: what was said between is not theirs', async () => {
    const stage = new Stage({ from: 5 });
    stage.write(12, 13);
    stage.timeline.resume();
    await settle();
    stage.hear(12, 13, 14);
    await stage.timers.pass(100);
    await settle();
    expect([stage.told, stage.seqs, stage.timeline.position]).toEqual([['gap 6-11'], [12, 13, 14], 14]);
  });

  it('ends with the entry that ends the membership', async () => {
    const stage = new Stage({ from: 0 });
    stage.timeline.resume();
    await settle();
    stage.hear(1);
    stage.timeline.offer(left(2, 'bob'));
    stage.timeline.offer(left(3, 'alice'));
    stage.hear(4);
    expect([stage.seqs, stage.told, stage.positions.at(-1)]).toEqual([[1, 2, 3], ['end LEFT'], 3]);
    expect(stage.timeline.ended).toEqual({ code: 'LEFT' });
  });

  it('reads the rest of its window when the user is no member any more, and ends', async () => {
    const stage = new Stage({ from: 2 });
    stage.write(...numbers(1, 300));
    stage.refusals = ['NOT_GROUP_MEMBER'];
    stage.timeline.resume();
    await settle();
    expect([stage.seqs, stage.told]).toEqual([numbers(3, 300), ['end NOT_GROUP_MEMBER']]);
  });

  it.each(['NOT_FOUND', 'TOO_LARGE', 'BAD_REQUEST'] as const)('ends with %s', async (code) => {
    const stage = new Stage({ from: 2 });
    stage.refusals = [code];
    stage.timeline.resume();
    await settle();
    expect(stage.told).toEqual([`end ${code}`]);
  });

  it.each(['UNAVAILABLE', 'INTERNAL', 'RATE_LIMIT'] as const)('asks again after %s', async (code) => {
    const stage = new Stage({ from: 0 });
    stage.write(1, 2);
    stage.refusals = [code];
    stage.timeline.resume();
    await stage.timers.pass(500);
    stage.refusals = [code];
    stage.hear(2);
    await stage.timers.pass(2_000);
    expect([stage.subscribed, stage.seqs, stage.told]).toEqual([[0, 0], [1, 2], []]);
  });

  it('begins anew when its position is beyond the end of the log', async () => {
    const stage = new Stage({ from: 50 });
    stage.write(...numbers(1, 20));
    stage.timeline.resume();
    await settle();
    stage.hear(21);
    expect([stage.told, stage.seqs]).toEqual([['reset ahead'], [21]]);
  });

  it('begins anew at the present end when the store is another one', async () => {
    const stage = new Stage({ from: 50 });
    stage.timeline.restart();
    stage.write(1, 2);
    stage.timeline.resume();
    await settle();
    stage.hear(3);
    expect([stage.told, stage.subscribed, stage.seqs]).toEqual([['reset epoch'], [undefined], [3]]);
  });

  it('holds no more than 256 entries, and reads the others again', async () => {
    const stage = new Stage({ from: 0 });
    stage.timeline.resume();
    await settle();
    stage.write(...numbers(1, 2_000));
    stage.hear(...numbers(2, 2_000));
    await stage.timers.pass(100);
    await settle(60);
    expect(stage.seqs).toEqual(numbers(1, 2_000));
    // What was held was not read: the first, and those that did not fit.
    expect(stage.reads.reduce((sum, { limit }) => sum + limit, 0)).toBeLessThanOrEqual(2_000 - 256 + 200);
  });

  it('asks a few times for what the store does not have yet, and gives up with a gap', async () => {
    const stage = new Stage({ from: 0 });
    stage.timeline.resume();
    await settle();
    stage.hear(1, 4);
    await stage.timers.pass(10_000);
    expect([stage.reads.length, stage.told, stage.seqs]).toEqual([4, ['gap 2-3'], [1, 4]]);
  });

  it('does not lose its order to a listener that throws, nor tell more when one closes it', async () => {
    const stage = new Stage({ from: 0 });
    stage.timeline.resume();
    await settle();
    stage.timeline.on('entry', ({ seq }) => {
      if (seq === 2) throw new Error('oh');
      if (seq === 4) stage.timeline.close();
    });
    stage.hear(1, 3, 4, 5, 2);
    expect(stage.seqs).toEqual([1, 2, 3, 4]);
    expect(stage.told).toEqual(['failed Error: oh', 'end CLOSED']);
  });
});

describe('a timeline of a c2c', () => {
  it('that begins now asks where the log ends, and loses nothing that comes meanwhile', async () => {
    const stage = new Stage({ group: false });
    stage.write(...numbers(1, 9));
    stage.timeline.resume();
    stage.hear(8);
    await settle();
    await settle();
    stage.hear(9, 10);
    await stage.timers.pass(100);
    expect([stage.seqs, stage.reads[0]]).toEqual([[8, 9, 10], { after: Number.MAX_SAFE_INTEGER, limit: 1 }]);
  });

  it('that begins somewhere reads everything after it', async () => {
    const stage = new Stage({ group: false, from: 3 });
    stage.write(...numbers(1, 450));
    stage.timeline.resume();
    await settle();
    expect(stage.seqs).toEqual(numbers(4, 450));
  });

  it('reads what a sync tells of', async () => {
    const stage = new Stage({ group: false, from: 0 });
    stage.timeline.resume();
    await settle();
    stage.write(1, 2, 3);
    stage.timeline.known(3);
    await settle();
    await settle();
    expect(stage.seqs).toEqual([1, 2, 3]);
  });

  it('only follows the end of the log while nobody wants it', async () => {
    const stage = new Stage({ group: false, from: 0, kept: false });
    stage.timeline.resume();
    stage.hear(5);
    stage.timeline.known(9);
    await stage.timers.pass(1_000);
    expect([stage.timeline.position, stage.reads]).toEqual([9, []]);
  });
});

describe('any timeline', () => {
  type Step =
    | { readonly kind: 'write'; readonly count: number }
    | { readonly kind: 'hear'; readonly picks: readonly number[] }
    | { readonly kind: 'pass'; readonly ms: number }
    | { readonly kind: 'cut' }
    | { readonly kind: 'refuse'; readonly code: ParleyErrorCode };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), count: fc.integer({ min: 1, max: 300 }) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('hear' as const),
        picks: fc.array(fc.double({ min: 0, max: 0.9999, noNaN: true }), { maxLength: 40 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 300 }) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'cut' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('refuse' as const),
        code: fc.constantFrom('UNAVAILABLE' as const, 'INTERNAL' as const, 'RATE_LIMIT' as const, 'DISCONNECTED' as const),
      }),
    },
  );

  it.each([true, false])('tells 1 to n once and in order, whatever is lost, doubled or out of order (a group: %p)', async (group) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const stage = new Stage({ from: 0, group });
        stage.timeline.resume();
        for (const one of steps) {
          if (one.kind === 'write') stage.write(...numbers(stage.head + 1, stage.head + one.count));
          // Biased to the recent ones, as an echo is.
          else if (one.kind === 'hear') {
            for (const pick of one.picks) if (stage.head > 0) stage.hear(Math.max(1, stage.head - Math.floor(pick ** 3 * stage.head)));
          } else if (one.kind === 'pass') await stage.timers.pass(one.ms);
          else if (one.kind === 'refuse') stage.refusals = [one.code];
          else {
            stage.timeline.suspend();
            await settle();
            await settle();
            stage.timeline.resume();
          }
        }
        stage.refusals = [];
        // The last word of a connection: the subscription again, and a sync.
        stage.timeline.suspend();
        await settle();
        await settle();
        stage.recovered = false;
        stage.timeline.resume();
        await settle();
        stage.timeline.known(stage.head);
        await stage.timers.pass(60_000);
        expect(stage.seqs).toEqual(numbers(1, stage.head));
        expect(stage.told).toEqual([]);
      }),
    );
  });
});
