import { type Conversation, type Entry, ParleyError } from '@app/sdk';
import { createChatStore } from '../state';
import { messageOf } from './sample';
import { Windows, pageSize } from './windows';

const convId = 'group:g';
const message = (seq: number): Entry => messageOf(convId, seq);

/** A log of so many entries, of which the reader sees those from `visibleFrom` on, and the windows of somebody who has its line. */
function log(
  length: number,
  { line = {}, visibleFrom = 1, ofC2c = false }: { line?: Partial<Conversation>; visibleFrom?: number; ofC2c?: boolean } = {},
) {
  const store = createChatStore();
  const id = ofC2c ? 'c2c:bob:me' : convId;
  if (length > 0)
    store.setState({ conversations: { [id]: { convId: id, lastSeq: length, readSeq: length, unread: 0, ...line } as Conversation } });
  const calls: string[] = [];
  const state = { length };
  const call = async (action: string, { afterSeq = 0, beforeSeq = 0, limit }: { afterSeq?: number; beforeSeq?: number; limit: number }) => {
    calls.push(action);
    if (state.length === 0) throw new ParleyError('NOT_FOUND', 'no such conversation');
    const seen = Array.from({ length: state.length }, (_, i) => i + 1).filter((seq) => seq >= visibleFrom);
    if (action === 'history')
      return {
        messages: seen
          .filter((seq) => seq < beforeSeq)
          .slice(-limit)
          .map(message),
        hasMore: false,
      };
    const entries = seen.filter((seq) => seq > afterSeq).slice(0, limit);
    return { entries: entries.map(message), lastSeq: state.length, hasMore: false };
  };
  const windows = new Windows({ client: { call: call as never }, store, shown: () => undefined });
  const shown = () => store.getState().windows[id];
  return { store, windows, shown, calls, state, id };
}

describe('the windows of conversations', () => {
  it('begin at the end where little is unread', async () => {
    const { windows, shown } = log(1_000);
    await windows.open(convId);
    expect(shown()).toMatchObject({ from: 1_001 - pageSize, to: 1_000, atEnd: true });
  });

  it('begin around the first unread message where much is unread', async () => {
    const { windows, shown } = log(1_000, { line: { readSeq: 400, unread: 600 } });
    await windows.open(convId);
    expect(shown()!.from).toBeLessThan(401);
    expect(shown()!.to).toBeGreaterThan(401);
    expect(shown()!.atEnd).toBe(false);
  });

  it('are empty for a c2c in which nothing was said yet, and a failure for a group that is not there', async () => {
    const c2c = log(0, { ofC2c: true });
    await c2c.windows.open(c2c.id);
    expect(c2c.shown()).toMatchObject({ entries: [], atEnd: true });
    const group = log(0);
    await expect(group.windows.open(convId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('grow at both ends without a hole, and ask once when they are asked twice', async () => {
    const { windows, shown, calls } = log(1_000, { line: { readSeq: 400, unread: 600 } });
    await windows.open(convId);
    const { from, to } = shown()!;
    calls.length = 0;
    await Promise.all([windows.loadOlder(convId), windows.loadOlder(convId)]);
    expect(calls).toEqual(['entries']);
    await windows.loadNewer(convId);
    expect(shown()!.from).toBe(from - pageSize);
    expect(shown()!.to).toBe(to + pageSize);
    expect(shown()!.entries).toHaveLength(shown()!.to - shown()!.from + 1);
  });

  it('come to their beginning where the membership began', async () => {
    const { windows, shown } = log(1_000, { visibleFrom: 900 });
    await windows.open(convId);
    for (let i = 0; i < 4; i++) await windows.loadOlder(convId);
    expect(shown()).toMatchObject({ from: 1 });
    expect(shown()!.entries[0]?.seq).toBe(900);
  });

  it('jump to a message that is not loaded by another stretch, and stay for one that is', async () => {
    const { windows, shown } = log(1_000);
    await windows.open(convId);
    const { id } = shown()!;
    await windows.jumpTo(convId, 990);
    expect(shown()!.id).toBe(id);
    await windows.jumpTo(convId, 100);
    expect(shown()!.id).not.toBe(id);
    expect(shown()!.entries.some(({ seq }) => seq === 100)).toBe(true);
    await windows.jumpToEnd(convId);
    expect(shown()).toMatchObject({ to: 1_000, atEnd: true });
  });

  it('read what a live entry has left out', async () => {
    const { windows, shown, state } = log(100);
    await windows.open(convId);
    state.length = 103;
    windows.told(message(103));
    await windows.loadNewer(convId);
    expect(shown()).toMatchObject({ to: 103, atEnd: true });
  });

  it('keep the last entries only while their end is read, and all while somebody reads back', async () => {
    const { windows, shown } = log(10);
    await windows.open(convId);
    for (let seq = 11; seq <= 3_000; seq++) windows.told(message(seq));
    expect(shown()!.entries.length).toBeLessThanOrEqual(900);
    windows.readsBack(convId, true);
    for (let seq = 3_001; seq <= 6_000; seq++) windows.told(message(seq));
    expect(shown()!.entries.length).toBeGreaterThan(3_000);
  });
});
