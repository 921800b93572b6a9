import { c2cConversation, groupConversation } from '@app/protocol';
import { openTempStore, type TempStore } from '@app/testing';
import type { ConversationRef } from './entry-row';
import { clientKey } from './entry-row';
import { FileStore, type Found } from './file.store';

const found: Found = { mimeType: 'image/png', checksum: 'sha256:aa', etag: 'e', width: 3, height: 5 };

let now: number;
let store: TempStore;
let files: FileStore;

beforeEach(async () => {
  now = 1_000_000;
  store = await openTempStore(undefined, { clock: { now: () => now } });
  files = new FileStore(store.database);
});
afterEach(() => store.close());

async function makeReady(id: string): Promise<void> {
  await files.choose(id, 'b1');
  await files.makeReady(id, 'b1', found);
}

async function file(id: string, owner = 'ada', { ready = true, size = 10 } = {}): Promise<string> {
  const row = { id, owner_id: owner, name: 'a.png', size, mime_type: 'image/gif', conv_id: null, created_at: now++ };
  await store.database.write((tx) => files.insert(tx, row));
  if (ready) await makeReady(id);
  return id;
}

/** A message of somebody that carries a file, as the flush would have it; answers its seq. */
async function carry(ref: ConversationRef, fileId: string, more: { expireAt?: number } = {}): Promise<number> {
  const content = { kind: 'message', type: 'image', body: JSON.stringify({ fileId }), ...more } as const;
  const { seq } = await store.log.append({ conversation: ref, sender: 'ada', key: clientKey(`carry ${fileId} ${now++}`), content });
  await store.database.write((tx) =>
    tx.run('INSERT INTO file_uses (conversation_id, seq, file_id) VALUES (?, ?, ?)', [ref.rowId, seq, fileId]),
  );
  return seq;
}

const say = async (ref: ConversationRef): Promise<number> =>
  (
    await store.log.append({
      conversation: ref,
      sender: 'ada',
      key: clientKey(`say ${now++}`),
      content: { kind: 'message', type: 'text', body: '{"text":"x"}' },
    })
  ).seq;

async function enter(ref: ConversationRef, userId: string): Promise<void> {
  await store.log.change(ref, async (change) => {
    const { seq, number } = change.append(userId, { kind: 'member_joined', fields: { userId } });
    await store.members.open(change, ref, [{ userId, role: 'member', fromSeq: seq, readSeq: seq, readNumber: number, at: change.now }]);
  });
}

async function leave(ref: ConversationRef, userId: string): Promise<void> {
  await store.log.change(ref, async (change) => {
    const { seq } = change.append(userId, { kind: 'member_left', fields: { userId, reason: 'left' } });
    await store.members.close(change, ref, userId, seq, change.now);
  });
}

const reads = async (userId: string | undefined, ...ids: string[]): Promise<string[]> =>
  (await files.mayRead(userId, ids)).map(({ id }) => id).sort();

describe('who may read a file', () => {
  it('is its owner, once it is ready and until it is being deleted', async () => {
    await file('one1');
    await file('two2', 'ada', { ready: false });
    expect(await reads('ada', 'one1', 'two2', 'none')).toEqual(['one1']);
    expect(await reads('bob', 'one1', 'two2')).toEqual([]);
    expect(await files.markDeleting('one1')).toMatchObject({ id: 'one1', state: 'deleting', blob_name: 'b1' });
    expect(await files.markDeleting('one1')).toBeUndefined();
    expect(await reads('ada', 'one1')).toEqual([]);
    expect(await files.get('one1')).toBeUndefined();
  });

  it('is everybody where it is an avatar', async () => {
    await file('face');
    await file('priv');
    await store.database.write((tx) => tx.run('INSERT INTO file_avatars (subject, file_id) VALUES (?, ?)', ['user:ada', 'face']));
    expect(await reads('bob', 'face', 'priv')).toEqual(['face']);
    expect(await reads(undefined, 'face', 'priv')).toEqual(['face']);
  });

  it('is a member who may read a message that carries it, and nobody who has left', async () => {
    const ref = await store.conversations.ensure(groupConversation('g'));
    for (const id of ['before', 'during', 'after1']) await file(id);
    await carry(ref, 'before');
    await enter(ref, 'bob');
    await carry(ref, 'during');
    expect(await reads('bob', 'before', 'during')).toEqual(['during']);
    expect(await reads('eve', 'before', 'during')).toEqual([]);
    expect(await reads(undefined, 'during')).toEqual([]);
    await leave(ref, 'bob');
    await carry(ref, 'after1');
    expect(await reads('bob', 'before', 'during', 'after1')).toEqual([]);
    await enter(ref, 'bob');
    expect(await reads('bob', 'before', 'during', 'after1')).toEqual([]);
  });

  it('is both of a c2c, but for what somebody has deleted for themselves', async () => {
    const ref = await store.conversations.ensure(c2cConversation('ada', 'bob'));
    await file('pic1');
    const seq = await carry(ref, 'pic1');
    expect(await reads('bob', 'pic1')).toEqual(['pic1']);
    await store.database.write((tx) =>
      tx.run('UPDATE members SET hidden_seq = ? WHERE conversation_id = ? AND user_id = ?', [seq, ref.rowId, 'bob']),
    );
    expect(await reads('bob', 'pic1')).toEqual([]);
  });

  it('is nobody any more by a message that was recalled or has ended, and still by another one', async () => {
    const ref = await store.conversations.ensure(groupConversation('g'));
    await enter(ref, 'bob');
    await file('pic1');
    await file('soon');
    const seq = await carry(ref, 'pic1');
    await carry(ref, 'soon', { expireAt: now + 60_000 });
    expect(await reads('bob', 'pic1', 'soon')).toEqual(['pic1', 'soon']);
    now += 60_001;
    expect(await reads('bob', 'pic1', 'soon')).toEqual(['pic1']);
    const again = await carry(ref, 'pic1');
    const recall = (target: number) =>
      store.log.change(ref, async (change) => {
        const row = await store.entries.one(ref, target, change);
        if (!row) throw new Error('there is no such message');
        await store.entries.recall(change, ref, [row], change.now);
        change.append('ada', { kind: 'recalled', fields: { targetSeq: target } });
      });
    await recall(seq);
    expect(await reads('bob', 'pic1')).toEqual(['pic1']);
    await recall(again);
    expect(await reads('bob', 'pic1')).toEqual([]);
  });

  it('is no member of a group that has ended, for what came behind the end', async () => {
    const ref = await store.conversations.ensure(groupConversation('g'));
    await enter(ref, 'bob');
    await file('pic1');
    await file('late');
    const seq = await carry(ref, 'pic1');
    await store.database.write((tx) => tx.run('UPDATE conversations SET closed_seq = ? WHERE id = ?', [seq, ref.rowId]));
    await say(ref);
    await carry(ref, 'late');
    expect(await reads('bob', 'pic1', 'late')).toEqual(['pic1']);
  });
});

describe('files of a user', () => {
  it('are listed newest first, and nobody else is', async () => {
    for (const id of ['aaaa', 'bbbb', 'cccc']) await file(id);
    await file('dddd', 'bob');
    await file('eeee', 'ada', { ready: false });
    const page = await files.ownedBy('ada', undefined, 2);
    expect(page.map(({ id }) => id)).toEqual(['cccc', 'bbbb']);
    const last = page[1];
    expect((await files.ownedBy('ada', { createdAt: last?.created_at ?? 0, id: 'bbbb' }, 2)).map(({ id }) => id)).toEqual(['aaaa']);
    expect((await files.ownedBy('ada', undefined, 2, 2)).map(({ id }) => id)).toEqual(['aaaa']);
  });

  it('of the same millisecond are listed once each', async () => {
    const at = now;
    for (const id of ['aaaa', 'bbbb', 'cccc']) {
      now = at;
      await file(id);
    }
    const [first] = await files.ownedBy('ada', undefined, 1);
    const rest = await files.ownedBy('ada', { createdAt: at, id: first?.id ?? '' }, 5);
    expect([first, ...rest].map((row) => row?.id)).toEqual(['cccc', 'bbbb', 'aaaa']);
  });

  it('take what they declare, and nothing where their upload is over', async () => {
    expect(await files.heldBy('ada', 0)).toEqual({ bytes: 0, pending: 0, ready: 0 });
    await file('aaaa', 'ada', { size: 7 });
    const begunAt = now;
    await file('bbbb', 'ada', { size: 2 ** 40, ready: false });
    await file('cccc', 'bob', { size: 1 });
    expect(await files.heldBy('ada', begunAt - 1)).toEqual({ bytes: 7 + 2 ** 40, pending: 1, ready: 1 });
    expect(await files.heldBy('ada', begunAt)).toEqual({ bytes: 7, pending: 0, ready: 1 });
    await files.markDeleting('aaaa');
    expect(await files.heldBy('ada', begunAt)).toEqual({ bytes: 7, pending: 0, ready: 0 });
  });
});

describe('a pending file', () => {
  it('becomes ready once, with what was found', async () => {
    await file('aaaa', 'ada', { ready: false });
    expect(await files.uploaded('aaaa', 'sha256:bb', 'f')).toBe(true);
    expect(await files.get('aaaa')).toMatchObject({ state: 'pending', checksum: 'sha256:bb', etag: 'f', mime_type: 'image/gif' });
    await makeReady('aaaa');
    await files.makeReady('aaaa', 'b1', { ...found, width: 99, checksum: 'sha256:cc' });
    expect(await files.get('aaaa')).toMatchObject({ state: 'ready', checksum: 'sha256:aa', mime_type: 'image/png', width: 3, height: 5 });
    expect(await files.uploaded('aaaa', 'sha256:dd', 'g')).toBe(false);
  });

  it('has the bytes that were chosen last, and no others once it is ready', async () => {
    await file('aaaa', 'ada', { ready: false });
    expect(await files.choose('aaaa', 'b1')).toBe(true);
    expect(await files.choose('aaaa', 'b2')).toBe(true);
    await files.makeReady('aaaa', 'b1', found);
    expect(await files.get('aaaa')).toMatchObject({ state: 'pending', blob_name: 'b2' });
    await files.makeReady('aaaa', 'b2', found);
    expect(await files.choose('aaaa', 'b3')).toBe(false);
    expect(await files.choose('none', 'b3')).toBe(false);
    expect(await files.get('aaaa')).toMatchObject({ state: 'ready', blob_name: 'b2' });
  });

  it('keeps a name of any characters as it is', async () => {
    const name = `${'🍣'.repeat(120)} é.png`;
    const row = { id: 'aaaa', owner_id: 'ada', name, size: 1, mime_type: 'image/png', conv_id: null, created_at: now };
    await store.database.write((tx) => files.insert(tx, row));
    expect(await files.get('aaaa')).toMatchObject({ name });
  });

  it('leaves nothing when it is forgotten, which only one that is being deleted can be', async () => {
    const ref = await store.conversations.ensure(groupConversation('g'));
    await file('aaaa');
    await enter(ref, 'bob');
    await carry(ref, 'aaaa');
    await files.forget(['aaaa']);
    expect(await reads('bob', 'aaaa')).toEqual(['aaaa']);
    await files.markDeleting('aaaa');
    await files.forget(['aaaa']);
    for (const table of ['files', 'file_uses']) expect(await store.database.rows(`SELECT * FROM ${table}`)).toEqual([]);
  });
});

describe('a signature of a callback', () => {
  it('is heard once, whoever asks at once', async () => {
    expect(await files.heard('s')).toBe(false);
    const first = await Promise.all([files.hear('s'), files.hear('s'), files.hear('s')]);
    expect(first.filter(Boolean)).toEqual([true]);
    expect(await files.heard('s')).toBe(true);
  });

  it('is forgotten when it is old, some at a time', async () => {
    for (const signature of ['a', 'b', 'c']) await files.hear(signature);
    now += 1_001;
    await files.hear('d');
    expect(await files.forgetCallbacks(1_000, 2)).toBe(2);
    expect(await files.forgetCallbacks(1_000, 2)).toBe(1);
    expect(await files.forgetCallbacks(1_000, 2)).toBe(0);
    expect(await files.heard('d')).toBe(true);
  });
});
