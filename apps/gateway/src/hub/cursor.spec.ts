import fc from 'fast-check';
import { Cursor } from './cursor';
import type { EntryEnvelope } from './envelope';

const envelope = (seq: number): EntryEnvelope => ({
  head: { kind: 'entry', convId: 'group:g', seq, at: 0, prevAt: 0 },
  body: Buffer.alloc(0),
});
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** A cursor at `position` that was offered `seqs`, and what it passed on. */
function offered(position: number, seqs: readonly number[]): { cursor: Cursor; passed: number[] } {
  const passed: number[] = [];
  const cursor = new Cursor(position, ({ head }) => passed.push(head.seq));
  for (const seq of seqs) cursor.offer(envelope(seq));
  return { cursor, passed };
}

describe('a cursor', () => {
  it('passes entries on in order, once', () => {
    const { cursor, passed } = offered(3, [4, 4, 6, 2, 3, 7, 5, 6, 5]);
    expect(passed).toEqual([4, 5, 6, 7]);
    expect([cursor.position, cursor.hasHole]).toEqual([7, false]);
  });

  it('knows of a hole until it is filled', () => {
    const { cursor, passed } = offered(0, [1, 3, 5]);
    expect([cursor.position, cursor.hasHole, passed]).toEqual([1, true, [1]]);
    cursor.offer(envelope(2));
    expect([cursor.position, cursor.hasHole]).toEqual([3, true]);
    cursor.offer(envelope(4));
    expect([cursor.position, cursor.hasHole, passed]).toEqual([5, false, range(1, 5)]);
  });

  it('holds 256 entries behind a hole, drops more and remembers that there were more', () => {
    const { cursor, passed } = offered(0, range(2, 400));
    cursor.offer(envelope(1));
    expect(passed).toEqual(range(1, 257));
    expect(cursor.hasHole).toBe(true);
    for (const seq of range(258, 400)) cursor.offer(envelope(seq));
    expect([passed.length, cursor.hasHole]).toEqual([400, false]);
  });

  it('goes on with the first entry it holds when those before it do not exist', () => {
    const { cursor, passed } = offered(2, [5, 6, 9]);
    cursor.skip(9);
    expect([passed, cursor.position, cursor.hasHole]).toEqual([[5, 6], 6, true]);
    cursor.skip(9);
    expect([passed, cursor.hasHole]).toEqual([[5, 6, 9], false]);
  });

  it('forgets what was said to be beyond the end of the log', () => {
    const { cursor, passed } = offered(2, [1_000_000]);
    cursor.skip(2);
    expect([cursor.position, cursor.hasHole]).toEqual([2, false]);
    cursor.offer(envelope(3));
    expect(passed).toEqual([3]);
  });

  it('goes on behind the head when it holds nothing', () => {
    const { cursor, passed } = offered(2, []);
    cursor.skip(7);
    expect([cursor.position, cursor.hasHole]).toEqual([7, false]);
    cursor.offer(envelope(8));
    expect(passed).toEqual([8]);
  });

  it('passes on what a log holds, gapless and without doubles, in whatever order and however often it comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 300 }), (last, seqs) => {
        const known = seqs.filter((seq) => seq <= last);
        const { cursor, passed } = offered(0, known);
        expect(passed).toEqual(range(1, cursor.position));
        expect(cursor.hasHole).toBe(Math.max(0, ...known) > cursor.position);
        // What is missing comes from the store, ascending.
        for (const seq of range(1, last)) cursor.offer(envelope(seq));
        expect(passed).toEqual(range(1, last));
      }),
    );
  });
});
