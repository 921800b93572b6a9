import type { Entry } from '@app/sdk';
import type { OutboxItem } from '../outbox/item';
import { type Row, type Unread, rowOfSeq, rowsOf as made } from './rows';
import { messageOf } from './sample';

const convId = 'group:g';
const noon = new Date(2026, 10, 26, 12).getTime();
const minute = 60_000;
const said = (seq: number, from: string, at: number, fields: object = {}): Entry =>
  messageOf(convId, seq, { from, timestamp: at, ...fields });
const joined = (seq: number, at: number): Entry => ({ kind: 'member_joined', convId, seq, from: 'bob', userId: 'bob', timestamp: at });
const edited = (seq: number, at: number): Entry => ({
  kind: 'edited',
  convId,
  seq,
  from: 'bob',
  timestamp: at,
  targetSeq: 1,
  payload: { text: 'y' },
  editedAt: at,
});
const nothing = { outbox: [], uploads: [] };
const rowsOf = (entries: readonly Entry[], waiting: Parameters<typeof made>[1], me: string, unread: Unread | undefined) =>
  made(entries, waiting, me, unread).rows;
const waiting = (clientMsgId: string, createdAt: number): OutboxItem => ({
  clientMsgId,
  userId: 'me',
  convId,
  message: { groupId: 'g', type: 'text', payload: { text: 'later' } },
  createdAt,
});
const shape = (rows: readonly Row[]) => rows.map(({ key, first, last }) => `${key}${first ? ' first' : ''}${last ? ' last' : ''}`);

describe('the lines of a conversation', () => {
  it('stand together when one person says them within five minutes', () => {
    const rows = rowsOf(
      [said(1, 'bob', noon), said(2, 'bob', noon + 4 * minute), said(3, 'bob', noon + 10 * minute), said(4, 'ann', noon + 10 * minute)],
      nothing,
      'me',
      undefined,
    );
    expect(shape(rows)).toEqual(['1 first', '2 last', '3 first last', '4 first last']);
  });

  it('are parted by what happened in the group', () => {
    const rows = rowsOf([said(1, 'bob', noon), joined(2, noon), said(3, 'bob', noon)], nothing, 'me', undefined);
    expect(shape(rows)).toEqual(['1 first last', '2 first last', '3 first last']);
  });

  it('have none for edits and recalls', () => {
    const rows = rowsOf([said(1, 'bob', noon), edited(2, noon), said(3, 'bob', noon)], nothing, 'me', undefined);
    expect(shape(rows)).toEqual(['1 first', '3 last']);
  });

  it('begin each day with its name', () => {
    const rows = rowsOf(
      [said(1, 'bob', noon), said(2, 'bob', noon + minute), said(3, 'bob', noon + 24 * 60 * minute)],
      nothing,
      'me',
      undefined,
    );
    expect(rows.map(({ day }) => day)).toEqual([true, false, true]);
    expect(rows[2]).toMatchObject({ first: true });
  });

  it('tell before the first unread message how many are unread, and nowhere else', () => {
    const rows = rowsOf([said(1, 'bob', noon), said(2, 'bob', noon), said(3, 'bob', noon)], nothing, 'me', { seq: 2, count: 2 });
    expect(rows.map(({ unread }) => unread)).toEqual([0, 2, 0]);
    expect(shape(rows)).toEqual(['1 first last', '2 first', '3 last']);
  });

  it('end with what is on its way, in the order in which it was written', () => {
    const rows = rowsOf([said(1, 'bob', noon)], { outbox: [waiting('b', noon + 2), waiting('a', noon + 1)], uploads: [] }, 'me', undefined);
    expect(shape(rows)).toEqual(['1 first last', 'own:a first', 'own:b last']);
  });

  it('keep their key when what was on its way is stored', () => {
    const [before] = rowsOf([], { outbox: [waiting('mine', noon)], uploads: [] }, 'me', undefined);
    const [after] = rowsOf([said(7, 'me', noon, { clientMsgId: 'mine' })], nothing, 'me', undefined);
    expect(after?.key).toBe(before?.key);
  });

  it('have different keys when two people gave their messages the same name', () => {
    const rows = rowsOf([said(1, 'me', noon, { clientMsgId: 'x' }), said(2, 'bob', noon, { clientMsgId: 'x' })], nothing, 'me', undefined);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(2);
  });

  it('are found by the seq of an entry, or of the next one that is seen', () => {
    const rows = rowsOf(
      [said(1, 'bob', noon), edited(2, noon), said(3, 'bob', noon)],
      { outbox: [waiting('a', noon)], uploads: [] },
      'me',
      undefined,
    );
    expect([1, 2, 3, 4].map((seq) => rowOfSeq(rows, seq))).toEqual([0, 1, 1, 2]);
  });

  it('are the same whether they are made at once or one after the other', () => {
    const all: Entry[] = [
      said(1, 'bob', noon),
      joined(2, noon),
      said(3, 'bob', noon + minute),
      edited(4, noon + minute),
      said(5, 'me', noon + 2 * minute, { clientMsgId: 'a' }),
      said(6, 'me', noon + 3 * minute),
      said(7, 'bob', noon + 24 * 60 * minute),
    ];
    const unread = { seq: 3, count: 1 };
    let step = made([], nothing, 'me', unread);
    for (let count = 1; count <= all.length; count++) {
      const entries = all.slice(0, count);
      const waits = { outbox: count < 5 ? [waiting('a', noon + 2 * minute)] : [], uploads: [] };
      step = made(entries, waits, 'me', unread, step);
      expect(step.rows).toEqual(made(entries, waits, 'me', unread).rows);
    }
    // One in the middle is edited, and then older ones come.
    const changed = all.map((entry) => (entry.seq === 3 ? said(3, 'bob', noon + minute, { editedAt: 5 }) : entry));
    step = made(changed, nothing, 'me', unread, step);
    expect(step.rows).toEqual(made(changed, nothing, 'me', unread).rows);
    step = made(changed.slice(2), nothing, 'me', unread, step);
    expect(step.rows).toEqual(made(changed.slice(2), nothing, 'me', unread).rows);
  });
});
