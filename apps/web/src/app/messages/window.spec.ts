import type { Entry } from '@app/sdk';
import { messageOf } from './sample';
import { emptyWindow, firstUnread, indexOfSeq, withLive, withNewer, withOlder, withoutOlder } from './window';

const convId = 'group:g';
const message = (seq: number, fields: object = {}): Entry => messageOf(convId, seq, { groupId: 'g', timestamp: seq * 1_000, ...fields });
const recalled = (seq: number, targetSeq: number): Entry => ({ kind: 'recalled', convId, seq, from: 'bob', timestamp: seq, targetSeq });
const edited = (seq: number, targetSeq: number, text: string): Entry => ({
  kind: 'edited',
  convId,
  seq,
  from: 'bob',
  timestamp: seq,
  targetSeq,
  payload: { text },
  editedAt: seq,
});
const seqs = ({ entries }: { entries: readonly Entry[] }) => entries.map(({ seq }) => seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
const window = (from: number, to: number, lastSeq = to) =>
  withNewer({ ...emptyWindow, from, to: from - 1, atEnd: false }, range(from, to), lastSeq);

describe('a window of a conversation', () => {
  it('is at the end when its last page reaches the end of the log', () => {
    expect(window(1, 5)).toMatchObject({ from: 1, to: 5, atEnd: true });
    expect(window(1, 5, 9)).toMatchObject({ to: 5, atEnd: false });
  });

  it('covers the rest of the log when a page is empty: what is there is not for this reader', () => {
    expect(withNewer(window(1, 5, 9), [], 9)).toMatchObject({ to: 9, atEnd: true });
  });

  it('takes an older page before what is there, without what it has already', () => {
    const older = withOlder(window(6, 8), range(3, 7), 3);
    expect(seqs(older)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(older.from).toBe(3);
  });

  it('goes on with what comes live, once', () => {
    const next = withLive(withLive(window(1, 3), message(4)), message(4));
    expect(seqs(next)).toEqual([1, 2, 3, 4]);
    expect(next).toMatchObject({ to: 4, atEnd: true });
  });

  it('is not at the end any more when an entry comes that does not follow without a hole', () => {
    const next = withLive(window(1, 3), message(6));
    expect(seqs(next)).toEqual([1, 2, 3]);
    expect(next.atEnd).toBe(false);
  });

  it('leaves what comes live to a later page while it is not at the end', () => {
    expect(seqs(withLive(window(1, 3, 9), message(10)))).toEqual([1, 2, 3]);
  });

  it('takes back what was recalled, also where the end is not loaded', () => {
    const next = withLive(window(1, 3, 9), recalled(10, 2));
    expect(next.entries[1]).toMatchObject({ recalled: true });
    expect(next.entries[1]).not.toHaveProperty('payload');
  });

  it('shows the new words of an edited message, but none of one that was taken back', () => {
    expect(withLive(window(1, 3), edited(4, 2, 'new')).entries[1]).toMatchObject({ payload: { text: 'new' }, editedAt: 4 });
    const gone = withLive(withLive(window(1, 3), recalled(4, 2)), edited(5, 2, 'new'));
    expect(gone.entries[1]).not.toHaveProperty('payload');
  });

  it('leaves every other entry the same object, so that it is not drawn again', () => {
    const before = window(1, 3);
    const after = withLive(before, edited(4, 2, 'new'));
    expect(after.entries[0]).toBe(before.entries[0]);
    expect(after.entries[1]).not.toBe(before.entries[1]);
  });

  it('is cut to its last entries', () => {
    expect(withoutOlder(window(1, 9), 3)).toMatchObject({ from: 7, to: 9, atEnd: true });
  });

  it('finds a place by its seq, where some are left out too', () => {
    const entries = [message(2), message(5), message(9)];
    expect([1, 2, 3, 5, 9, 10].map((seq) => indexOfSeq(entries, seq))).toEqual([0, 0, 1, 1, 2, 3]);
  });

  it('knows the first unread message of others, which neither an own one is nor one that was taken back', () => {
    const entries = [message(1), message(2, { from: 'me' }), message(3, { recalled: true }), message(4, { type: 'system' }), message(5)];
    expect(firstUnread({ ...emptyWindow, entries }, 1, 'me')).toBe(5);
    expect(firstUnread({ ...emptyWindow, entries }, 5, 'me')).toBeUndefined();
  });
});
