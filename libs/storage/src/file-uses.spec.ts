import { ImError, groupConversation } from '@app/protocol';
import { type TempStore, openStoreIn, openTempStore, withSeed } from '@app/testing';
import type { AppendRequest, Content, Stored } from './append';
import { AvatarStore } from './avatar.store';
import { type ConversationRef, clientKey } from './entry-row';
import { FileStore } from './file.store';
import { FileSweepStore, type SweepPlace } from './file-sweep.store';

const day = 24 * 3_600_000;
const found = { mimeType: 'image/png', checksum: 'sha256:00', etag: 'e', width: null, height: null };
const notFound = expect.objectContaining({ code: 'NOT_FOUND' }) as unknown;
const textOf = (files: readonly string[]): string => JSON.stringify({ text: 'look', fileId: files[0], thumbnailId: files[1] });
const carrying = (...files: string[]): Content => ({ kind: 'message', type: 'image', body: textOf(files), files });

let store: TempStore;
let files: FileStore;
let sweeps: FileSweepStore;
let room: ConversationRef;
let now: number;

beforeEach(async () => {
  now = 10 * day;
  store = await openTempStore(undefined, { clock: { now: () => now } });
  files = new FileStore(store.database);
  sweeps = new FileSweepStore(store.database);
  room = await store.conversations.ensure(groupConversation('room'));
});
afterEach(() => store.close());

async function pending(id: string): Promise<string> {
  const row = { id, owner_id: 'ada', name: 'a.png', size: 9, mime_type: 'image/png', conv_id: null, created_at: now };
  await store.database.write((tx) => files.insert(tx, row));
  return id;
}
async function ready(id: string): Promise<string> {
  await pending(id);
  await files.choose(id, 'b1');
  await files.makeReady(id, 'b1', found);
  return id;
}
const append = (key: string, content: Content, more: Partial<AppendRequest> = {}): Promise<Stored> =>
  store.log.append({ conversation: room, sender: 'ada', key: clientKey(key), content, ...more });
const recall = (seqs: readonly number[], unusedSince = now) =>
  store.log.change(room, async (change) => store.entries.recall(change, room, await store.entries.some(room, seqs, change), unusedSince));
const edit = (seq: number, ...ids: string[]) =>
  store.log.change(room, async (change) => {
    const row = await store.entries.one(room, seq, change);
    if (row) await store.entries.edit(change, room, row, textOf(ids), now);
  });
const uses = async (): Promise<[number, string][]> => {
  const rows = await store.database.rows<{ seq: number; file_id: string }>('SELECT seq, file_id FROM file_uses ORDER BY seq, file_id');
  return rows.map(({ seq, file_id }) => [seq, file_id]);
};
const unusedSince = async (id: string): Promise<number | null | undefined> => {
  const [row] = await store.database.rows<{ unused_since: number | null }>('SELECT unused_since FROM files WHERE id = ?', [id]);
  return row?.unused_since;
};
const marked = async (): Promise<string[]> => (await sweeps.marked(undefined, 1_000)).map(({ id }) => id);

describe('a message with files', () => {
  it('is stored with what it carries', async () => {
    await ready('pic1');
    await ready('pic2');
    const [one, two] = await Promise.all([append('a', carrying('pic1', 'pic2')), append('b', carrying('pic1'))]);
    expect(await uses()).toEqual([
      [one.seq, 'pic1'],
      [one.seq, 'pic2'],
      [two.seq, 'pic1'],
    ]);
  });

  it('is refused when one of them is not ready, and leaves no hole beside the others of its flush', async () => {
    await ready('pic1');
    await pending('late');
    await ready('gone');
    await files.markDeleting('gone');
    const sent = ['pic1', 'late', 'gone', 'none', 'pic1'].map((id, i) => append(`m${i}`, carrying(id)));
    const ends = await Promise.allSettled([...sent, append('both', carrying('pic1', 'late'))]);
    const shown = ends.map((end) => (end.status === 'fulfilled' ? end.value.seq : (end.reason as ImError).code));
    expect(shown).toEqual([1, 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 2, 'NOT_FOUND']);
    expect(await uses()).toEqual([
      [1, 'pic1'],
      [2, 'pic1'],
    ]);
  });

  it('is acked again when it was stored, whatever became of its file', async () => {
    await ready('pic1');
    const { seq } = await append('once', carrying('pic1'));
    await files.markDeleting('pic1');
    expect(await append('once', carrying('pic1'))).toMatchObject({ seq, duplicate: true });
    await files.forget(['pic1']);
    expect(await append('once', carrying('pic1'))).toMatchObject({ seq, duplicate: true });
  });

  it('of somebody who may not write tells nothing of the file', async () => {
    const { acl_version: version } = await store.conversations.head(room);
    const policy = { version: version + 1, gapMs: 0, again: () => Promise.reject(new ImError('MUTED')) };
    await expect(append('a', carrying('none'), { policy })).rejects.toMatchObject({ code: 'MUTED' });
  });

  it('carries nothing when it is taken back, and what others carry stays with them', async () => {
    for (const id of ['pic1', 'pic2', 'pic3']) await ready(id);
    const sent = [carrying('pic1', 'pic2'), carrying('pic1'), carrying('pic3')];
    await Promise.all(sent.map((content, i) => append(`m${i}`, content)));
    now += 5;
    await recall([1, 3]);
    await recall([1, 3], 0);
    expect(await uses()).toEqual([[2, 'pic1']]);
    expect(await Promise.all(['pic1', 'pic2', 'pic3'].map(unusedSince))).toEqual([now, now, now]);
  });

  it('carries those of its new text after an edit; one that is not ready leaves it as it was', async () => {
    for (const id of ['pic1', 'pic2', 'pic3']) await ready(id);
    const before = now;
    const { seq } = await append('a', carrying('pic1', 'pic2'));
    now += 5;
    await expect(edit(seq, 'pic3', 'none')).rejects.toEqual(notFound);
    expect(await uses()).toHaveLength(2);
    await edit(seq, 'pic2', 'pic3');
    expect(await uses()).toEqual([
      [seq, 'pic2'],
      [seq, 'pic3'],
    ]);
    expect(await Promise.all(['pic1', 'pic2', 'pic3'].map(unusedSince))).toEqual([now, before, before]);
    await edit(seq);
    expect(await uses()).toEqual([]);
  });

  it('that was stored before there were files may name what is none', async () => {
    const body = JSON.stringify({ fileId: 'Ünïcode', thumbnailId: 7 });
    const { seq } = await append('old', { kind: 'message', type: 'custom', body });
    await edit(seq);
    await recall([seq]);
    expect(await uses()).toEqual([]);
  });
});

describe('a file that a message carries', () => {
  const readers = async (id: string) => {
    const names: string[] = [];
    for (const name of ['ada', 'bob', 'carl', 'eve']) if ((await files.mayRead(name, [id])).length > 0) names.push(name);
    return names;
  };
  const come = (userId: string, fromSeq: number) =>
    store.log.change(room, (change) =>
      store.members.open(change, room, [{ userId, role: 'member', fromSeq, readSeq: 0, readNumber: 0, at: change.now }]),
    );

  it('is for members who see the message: neither for who came later, nor for who has left', async () => {
    for (const id of ['pic1', 'pic2']) await ready(id);
    await come('bob', 1);
    const { seq } = await append('a', carrying('pic1'));
    await come('carl', seq + 1);
    expect(await readers('pic1')).toEqual(['ada', 'bob']);
    now += 5;
    const left = await append('left', { kind: 'member_left', fields: { userId: 'bob', reason: 'left' } });
    await store.log.change(room, (change) => store.members.close(change, room, 'bob', left.seq, change.now));
    expect(await readers('pic1')).toEqual(['ada']);
    now += 5;
    await edit(seq, 'pic1', 'pic2');
    expect([await readers('pic1'), await readers('pic2')]).toEqual([['ada'], ['ada']]);
  });
});

describe('the sweep', () => {
  it('marks uploads that were not finished in time, and no others', async () => {
    await pending('old');
    await ready('done');
    now += 1_000;
    await pending('young');
    expect(await sweeps.markUnfinished(1_001, 10)).toBe(0);
    expect(await sweeps.markUnfinished(1_000, 10)).toBe(1);
    expect(await sweeps.markUnfinished(1_000, 10)).toBe(0);
    expect(await marked()).toEqual(['old']);
  });

  it('marks files that nothing has used for long; what is used is not looked at again until that ends', async () => {
    for (const id of ['free', 'sent', 'face']) await ready(id);
    await append('a', carrying('sent'));
    const avatars = new AvatarStore(store.database);
    await store.database.write((tx) => avatars.show(tx, 'user:ada', 'face'));
    now += day;
    expect(await sweeps.markUnused(day + 1, 10)).toMatchObject({ looked: 0 });
    expect(await sweeps.markUnused(day, 10)).toEqual({ looked: 3, unused: 1, ended: 0 });
    expect(await sweeps.markUnused(0, 10)).toMatchObject({ looked: 0 });
    await recall([1]);
    await store.database.write((tx) => avatars.show(tx, 'user:ada', null));
    now += day;
    expect(await sweeps.markUnused(day, 10)).toEqual({ looked: 2, unused: 2, ended: 0 });
    expect((await marked()).sort()).toEqual(['face', 'free', 'sent']);
  });

  it('marks the files of a message that ended by itself at once, unless something else uses them', async () => {
    for (const id of ['pic1', 'pic2']) await ready(id);
    await append('a', carrying('pic1', 'pic2'));
    await append('b', carrying('pic2'));
    await recall([1], 0);
    expect(await sweeps.markUnused(day, 10)).toEqual({ looked: 2, unused: 0, ended: 1 });
    expect(await marked()).toEqual(['pic1']);
    await expect(append('c', carrying('pic1'))).rejects.toEqual(notFound);
  });

  it('goes in batches, and finds again what is marked and not deleted yet', async () => {
    for (let i = 0; i < 25; i++) await ready(`pic${String(i).padStart(2, '0')}`);
    now += day;
    const looks: number[] = [];
    for (let looked = 10; looked === 10; looks.push(looked)) ({ looked } = await sweeps.markUnused(day, 10));
    expect(looks).toEqual([10, 10, 5]);
    const seen: string[] = [];
    for (let place: SweepPlace | undefined; ;) {
      const page = await sweeps.marked(place, 7);
      seen.push(...page.map(({ id }) => id));
      place = page.at(-1);
      if (page.length < 7) break;
    }
    expect([seen.length, new Set(seen).size]).toEqual([25, 25]);
    await files.forget(seen);
    expect(await marked()).toEqual([]);
    expect(await sweeps.markUnused(0, 10)).toMatchObject({ looked: 0 });
  });
});

describe('avatars', () => {
  it('follow the last choice, whoever else shows the same file', async () => {
    const avatars = new AvatarStore(store.database);
    const show = (subject: 'user:ada' | 'group:room', id: string | null) => store.database.write((tx) => avatars.show(tx, subject, id));
    for (const id of ['pic1', 'pic2']) await ready(id);
    await show('user:ada', 'pic1');
    await show('group:room', 'pic1');
    await show('user:ada', 'pic2');
    await show('user:ada', 'pic2');
    await expect(show('user:ada', 'none')).rejects.toEqual(notFound);
    now += day;
    expect(await sweeps.markUnused(0, 10)).toMatchObject({ looked: 2, unused: 0 });
    await show('group:room', null);
    expect(await sweeps.markUnused(0, 10)).toMatchObject({ looked: 1, unused: 1 });
    expect(await marked()).toEqual(['pic1']);
    expect((await files.mayRead(undefined, ['pic1', 'pic2'])).map(({ id }) => id)).toEqual(['pic2']);
  });

  it('end with their file, and no others do', async () => {
    for (const id of ['pic1', 'pic2']) await ready(id);
    for (const id of ['ada', 'bob', 'eve']) await store.users.provision(id);
    for (const [id, file] of Object.entries({ ada: 'pic1', bob: 'pic1', eve: 'pic2' })) {
      await store.users.update(id, { avatarUrl: `/files/${file}` }, file);
    }
    const group = { name: 'a group', owner_id: 'ada', join_policy: 'invite', member_count: 1, created_at: now } as const;
    for (const [id, file] of [
      ['room', 'pic1'],
      ['other', 'pic1'],
      ['third', 'pic2'],
    ] as const) {
      const ref = await store.conversations.ensure(groupConversation(id));
      await store.database.write(async (tx) => {
        await store.groups.insert(tx, ref, { id, ...group });
        await store.groups.update(tx, id, { avatar_url: `/files/${file}` }, file);
      });
    }
    expect([await store.groups.showing('pic1', '', 10), await store.groups.showing('pic1', 'other', 10)]).toEqual([
      ['other', 'room'],
      ['room'],
    ]);
    expect(await store.groups.showing('pic1', '', 1)).toEqual(['other']);
    await files.markDeleting('pic1');
    const urls = [
      ...(await Promise.all(['ada', 'bob', 'eve'].map((id) => store.users.get(id)))),
      ...(await Promise.all(['room', 'other', 'third'].map((id) => store.groups.get(id)))),
    ].map((row) => row?.avatar_url);
    expect(urls).toEqual([null, null, '/files/pic2', null, null, '/files/pic2']);
    expect(await store.groups.showing('pic1', '', 10)).toEqual([]);
  });
});

describe('a sweep while messages are sent, taken back and edited', () => {
  it('never takes a file that a stored message carries, and leaves none that nothing uses', async () => {
    await withSeed(async (random) => {
      // Two gateways, where a store can serve two.
      const other =
        store.database.dialect === 'sqlite' ? store : await openStoreIn(store.dataDir, undefined, { clock: { now: () => now } });
      const rooms = await Promise.all(Array.from({ length: 8 }, (_, i) => store.conversations.ensure(groupConversation(`room${i}`))));
      const ids = Array.from({ length: 60 }, (_, i) => `pic${i}`);
      for (const id of ids) await ready(id);
      const stored = new Map<string, string[]>();
      const send = async (i: number): Promise<void> => {
        const ref = random.pick(rooms);
        const wanted = [...new Set([random.pick(ids), random.pick(ids)])];
        const fate = random.next();
        const key = clientKey(`m${i}`);
        const { log, entries } = random.chance(0.5) ? store : other;
        let seq: number;
        try {
          ({ seq } = await log.append({ conversation: ref, sender: 'ada', key, content: carrying(...wanted) }));
        } catch (error) {
          expect(error).toEqual(notFound);
          return;
        }
        if (fate < 0.3) {
          await log.change(ref, async (change) => entries.recall(change, ref, await entries.some(ref, [seq], change), 0));
        } else if (fate < 0.5) {
          await log.change(ref, async (change) => {
            const row = await entries.one(ref, seq, change);
            if (row) await entries.edit(change, ref, row, textOf(wanted.slice(1)), now);
          });
          stored.set(`${ref.rowId} ${seq}`, wanted.slice(1));
        } else stored.set(`${ref.rowId} ${seq}`, wanted);
      };
      let sending = true;
      const sweep = async ({ database }: TempStore) => {
        const sweeper = new FileSweepStore(database);
        while (sending) {
          await sweeper.markUnused(0, 5);
          // The embedded store answers without leaving a turn to others.
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const sweeping = [sweep(store), sweep(other)];
      for (let i = 0; i < 240; i += 12) await Promise.all(Array.from({ length: 12 }, (_, k) => send(i + k)));
      sending = false;
      await Promise.all(sweeping);
      const rows = await store.database.rows<{ conversation_id: number; seq: number; file_id: string }>('SELECT * FROM file_uses');
      const carried = rows.map((row) => `${row.conversation_id} ${row.seq} ${row.file_id}`).sort();
      expect(carried).toEqual([...stored].flatMap(([place, some]) => some.map((id) => `${place} ${id}`)).sort());
      const used = new Set(rows.map(({ file_id }) => file_id));
      while ((await sweeps.markUnused(0, 100)).looked > 0);
      const left = (await files.readyOf(ids)).map(({ id }) => id).sort();
      expect(left).toEqual([...used].sort());
      // Both happened.
      expect([used.size > 0, left.length < ids.length]).toEqual([true, true]);
      if (other !== store) await other.close();
    });
  });
});
