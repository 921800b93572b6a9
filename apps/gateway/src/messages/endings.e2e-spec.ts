import type { ActionRequest, EventData, Message } from '@app/protocol';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { c2cConversation } from '@app/protocol';
import { ConversationStore, Database } from '@app/storage';
import { FaultyDatabase, type Person, type TestClient, World, codeOf, dropStore, eventually, storeUrlOf } from '@app/testing';
import { Endings } from './endings';

type Somebody = Person & { client: TestClient };

describe('a message that ends by itself', () => {
  let world: World;
  let offsetMs = 0;
  let people = 0;
  let sent = 0;

  beforeAll(async () => {
    world = await World.start({ endingSweepMs: 20 }, { clock: { now: () => Date.now() + offsetMs } });
  });
  afterEach(() => (offsetMs = 0));
  afterAll(() => world.close());

  const someone = async (name: string): Promise<Somebody> => {
    const person = await world.person(`${name}-${++people}`);
    return { ...person, client: await world.connect(person) };
  };
  const pair = async () => [await someone('ada'), await someone('bob')] as const;
  const send = ({ client }: Somebody, more: Partial<ActionRequest<'send'>>) =>
    client.call('send', { type: 'text', payload: { text: 'for a while' }, clientMsgId: `m-${++sent}`, ...more });
  const isRecall = ({ kind }: EventData<'entry'>) => kind === 'recalled';
  const shown = async ({ client }: Somebody, convId: string): Promise<Message[]> => (await client.call('history', { convId })).messages;
  const rows = (table: string) => world.gateway.app.get(Database).rows(`SELECT * FROM ${table}`);

  describe('at a time', () => {
    it('says when, and is taken back then, for everybody', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      await bob.client.call('subscribe_group', { groupId });
      const expireAtMs = Date.now() + 60_000;
      const { convId, seq } = await send(ada, { groupId, expireAtMs, mentions: [bob.id] });
      expect(await bob.client.next('message')).toMatchObject({ seq, expireAtMs, payload: { text: 'for a while' } });
      expect(await shown(bob, convId)).toMatchObject([{ seq, expireAtMs }]);
      expect((await bob.client.call('sync', {})).conversations).toMatchObject([{ unread: 1, mentionedUnread: 1 }]);
      offsetMs = 60_001;
      const told = await bob.client.next('entry', isRecall);
      expect(told).toMatchObject({ convId, targetSeq: seq, reason: 'expired', from: ada.id });
      const [message] = await shown(bob, convId);
      expect(message).toMatchObject({ seq, recalled: true });
      expect(message).not.toHaveProperty('payload');
      expect((await bob.client.call('sync', {})).conversations).toMatchObject([{ unread: 0, mentionedUnread: 0 }]);
      expect(await rows('expiries')).toEqual([]);
      expect(JSON.stringify(await rows('entries'))).not.toContain('for a while');
    });

    it('is not shown once its time has come, even before it is taken back', async () => {
      await World.during(
        { endingSweepMs: 60_000 },
        async (slow) => {
          const [ada, bob] = [await slow.person('ada'), await slow.person('bob')];
          const client = await slow.connect(ada);
          const expireAtMs = Date.now() + offsetMs + 60_000;
          const { convId, seq } = await client.call('send', {
            to: bob.id,
            type: 'text',
            payload: { text: 'for a while' },
            clientMsgId: 'm',
            expireAtMs,
          });
          await client.call('edit', { to: bob.id, seq, payload: { text: 'for a little while' } });
          offsetMs += 60_001;
          const told = JSON.stringify([
            await client.call('history', { convId }),
            await client.call('entries', { convId, afterSeq: 0 }),
            await client.call('sync', {}),
          ]);
          expect(told).toContain('"recalled":true');
          expect(told).not.toContain('while');
          expect(await codeOf(client.call('edit', { to: bob.id, seq, payload: { text: 'back again' } }))).toBe('NOT_FOUND');
        },
        { clock: { now: () => Date.now() + offsetMs } },
      );
    });

    it('nor to somebody who subscribes from before it, or from before an edit of it', async () => {
      await World.during(
        { endingSweepMs: 60_000 },
        async (slow) => {
          const [ada, bob] = [await slow.person('ada'), await slow.person('bob')];
          const groupId = await slow.group(ada, [bob]);
          const [client, late] = [await slow.connect(ada), await slow.connect(bob)];
          await client.call('subscribe_group', { groupId });
          const expireAtMs = Date.now() + offsetMs + 60_000;
          const said = { groupId, type: 'text', payload: { text: 'for a while' }, clientMsgId: 'm', expireAtMs } as const;
          const { seq } = await client.call('send', said);
          await client.call('edit', { groupId, seq, payload: { text: 'for a little while' } });
          expect(await client.next('entry')).toMatchObject({ kind: 'edited', expireAtMs, payload: { text: 'for a little while' } });
          await late.call('subscribe_group', { groupId, fromSeq: seq - 1 });
          expect(await late.next('message')).toMatchObject({ seq, payload: { text: 'for a little while' } });
          await late.next('entry');
          const last = await client.call('send', { ...said, clientMsgId: 'last' });
          expect(await late.next('message')).toMatchObject({ seq: last.seq, payload: { text: 'for a while' } });
          offsetMs += 60_001;
          for (const fromSeq of [last.seq - 1, seq, seq - 1]) {
            await late.call('unsubscribe_group', { groupId });
            await late.call('subscribe_group', { groupId, fromSeq });
            if (fromSeq < seq) expect(await late.next('message')).toMatchObject({ seq, recalled: true });
            if (fromSeq < last.seq - 1) expect(await late.next('entry')).not.toHaveProperty('payload');
            expect(await late.next('message')).toMatchObject({ seq: last.seq, recalled: true });
          }
        },
        { clock: { now: () => Date.now() + offsetMs } },
      );
    });

    it('that its sender takes back before is taken back once', async () => {
      const [ada, bob] = await pair();
      const { seq } = await send(ada, { to: bob.id, expireAtMs: Date.now() + 60_000 });
      await ada.client.call('recall', { to: bob.id, seq });
      expect(await rows('expiries')).toEqual([]);
      offsetMs = 60_001;
      const last = await send(ada, { to: bob.id, expireAtMs: Date.now() + offsetMs + 30_000 });
      offsetMs += 60_000;
      await bob.client.next('entry', (entry) => isRecall(entry) && 'targetSeq' in entry && entry.targetSeq === last.seq);
      expect(bob.client.all('entry').map((entry) => 'targetSeq' in entry && entry.targetSeq)).toEqual([seq, last.seq]);
    });

    it('must end in the future, at most a year away; a retry of a stored one is acked all the same', async () => {
      const [ada, bob] = await pair();
      for (const expireAtMs of [0, Date.now() - 1, Date.now() + 400 * 24 * 3_600_000]) {
        expect(await codeOf(send(ada, { to: bob.id, expireAtMs }))).toBe('BAD_REQUEST');
      }
      for (const expireAtMs of [-1, 1.5, 'soon' as never]) expect(await codeOf(send(ada, { to: bob.id, expireAtMs }))).toBe('BAD_REQUEST');
      const once = { to: bob.id, expireAtMs: Date.now() + 1_000, clientMsgId: 'once' };
      const { seq } = await send(ada, once);
      offsetMs = 1_001;
      await bob.client.next('entry', isRecall);
      expect(await send(ada, once)).toMatchObject({ seq, duplicate: true });
    });

    it('goes in batches, each message once', async () => {
      const [ada, bob] = await pair();
      const expireAtMs = Date.now() + 60_000;
      const sends = Array.from({ length: 450 }, () => send(ada, { to: bob.id, expireAtMs }));
      const seqs = (await Promise.all(sends)).map(({ seq }) => seq);
      offsetMs = 60_001;
      await bob.client.until(() => bob.client.all('entry').length >= 450, 'all to be taken back');
      await bob.client.settled();
      const targets = bob.client.all('entry').map((entry) => ('targetSeq' in entry ? entry.targetSeq : 0));
      expect(targets.sort((a, b) => a - b)).toEqual(seqs);
    });
  });

  describe('in a group that ended before it', () => {
    it('is taken back, and nobody hears anything more of the group', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      await bob.client.call('subscribe_group', { groupId });
      const { convId, seq } = await send(ada, { groupId, expireAtMs: Date.now() + 60_000 });
      await world.request('DELETE', `/api/groups/${groupId}`, undefined, ada);
      await bob.client.next('entry', ({ kind }) => kind === 'group_dissolved');
      offsetMs = 60_001;
      await eventually(
        async () => (await rows('expiries')).length === 0,
        () => 'the end',
      );
      await bob.client.settled();
      expect(bob.client.all('entry').filter(isRecall)).toEqual([]);
      expect(await shown(bob, convId)).toMatchObject([{ seq, recalled: true }]);
      const { entries, lastSeq } = await bob.client.call('entries', { convId, afterSeq: 0 });
      expect([entries.at(-1)?.kind, entries.at(-1)?.seq]).toEqual(['group_dissolved', lastSeq]);
    });

    it('is taken back when its sender has left, as theirs', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      await ada.client.call('subscribe_group', { groupId });
      const { seq } = await send(bob, { groupId, expireAtMs: Date.now() + 60_000 });
      await world.post(`/api/groups/${groupId}/leave`, undefined, bob);
      offsetMs = 60_001;
      expect(await ada.client.next('entry', isRecall)).toMatchObject({ targetSeq: seq, reason: 'expired', from: bob.id });
      expect((await ada.client.call('sync', {})).conversations).toMatchObject([{ unread: 0 }]);
    });
  });

  describe('with many others', () => {
    const many = (client: TestClient, to: string, count: number, more: Partial<ActionRequest<'send'>>) =>
      Promise.all(
        Array.from({ length: count }, () =>
          client.call('send', { to, type: 'text', payload: { text: 'for a while' }, clientMsgId: `m-${++sent}`, ...more }),
        ),
      );
    const clock = { now: () => Date.now() + offsetMs };
    const refOf = async (own: World) => {
      const found = await own.gateway.app.get(ConversationStore).find(c2cConversation('ada', 'bob'));
      if (!found) throw new Error('there is such a conversation');
      return found;
    };

    it('is taken back without a pause when they piled up while no gateway ran', async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'parley-endings-'));
      const slow = { dataDir, endingSweepMs: 60_000 };
      await World.during(
        slow,
        async (before) => {
          const client = await before.connect(await before.person('ada'));
          await before.person('bob');
          await many(client, 'bob', 450, { expireAtMs: clock.now() + 60_000 });
        },
        { clock },
      );
      offsetMs = 60_001;
      await World.during(
        slow,
        async (after) => {
          const left = () => after.gateway.app.get(Database).rows('SELECT seq FROM expiries');
          await eventually(
            async () => (await left()).length === 0,
            () => 'all to be taken back',
          );
        },
        { clock },
      );
      await dropStore(await storeUrlOf(dataDir));
      rmSync(dataDir, { recursive: true });
    });

    it('does not hold up the end of its gateway', async () => {
      await World.during({ endingSweepMs: 60_000 }, async (own) => {
        const client = await own.connect(await own.person('ada'));
        await own.person('bob');
        const seqs = await many(client, 'bob', 700, { burnAfterRead: true });
        const endings = own.gateway.app.get(Endings);
        const burning = endings.burnRead(await refOf(own), 'bob', { after: 0, upTo: seqs.length });
        await endings.onApplicationShutdown();
        await burning;
        // What is left is burnt by whoever comes next.
        const left = await own.gateway.app.get(Database).rows('SELECT seq FROM burns');
        expect(left.length).toBeGreaterThan(0);
      });
    });

    it('is looked for only among what was just read', async () => {
      await World.during({ endingSweepMs: 60_000 }, async (own) => {
        const client = await own.connect(await own.person('ada'));
        await own.person('bob');
        await many(client, 'bob', 4, { burnAfterRead: true });
        await own.gateway.app.get(Endings).burnRead(await refOf(own), 'bob', { after: 1, upTo: 3 });
        expect(await own.gateway.app.get(Database).rows('SELECT seq FROM burns ORDER BY seq')).toEqual([{ seq: 1 }, { seq: 4 }]);
      });
    });

    it('holds its conversation as briefly as alone', async () => {
      await World.during({ endingSweepMs: 60_000 }, async (own) => {
        const client = await own.connect(await own.person('ada'));
        await own.person('bob');
        const [database, endings] = [own.gateway.app.get(Database), own.gateway.app.get(Endings)];
        const roundTrips = async (count: number): Promise<number> => {
          const last = (await many(client, 'bob', count, { burnAfterRead: true, expireAtMs: Date.now() + 3_600_000 })).at(-1)?.seq ?? 0;
          const place = await refOf(own);
          const before = database.roundTrips;
          await endings.burnRead(place, 'bob', { after: 0, upTo: last });
          return database.roundTrips - before;
        };
        const alone = await roundTrips(1);
        // What else is asked in the background is little beside so many.
        expect((await roundTrips(150)) - alone).toBeLessThan(20);
        for (const table of ['burns', 'expiries']) expect(await database.rows(`SELECT * FROM ${table}`)).toEqual([]);
      });
    });
  });

  describe('when it was read', () => {
    it('is burnt once the other side has read it, and not before', async () => {
      const [ada, bob] = await pair();
      const first = await send(ada, { to: bob.id, burnAfterRead: true });
      const second = await send(ada, { to: bob.id, burnAfterRead: true });
      expect(await bob.client.next('message')).toMatchObject({ seq: first.seq, burnAfterRead: true, payload: { text: 'for a while' } });
      // Neither its sender's reading nor its delivery is what it waits for.
      await ada.client.call('read', { to: bob.id, seq: second.seq });
      await bob.client.call('delivered', { to: ada.id, seq: second.seq });
      await bob.client.call('read', { to: ada.id, seq: first.seq });
      expect(await ada.client.next('entry', isRecall)).toMatchObject({ targetSeq: first.seq, reason: 'burnt', from: ada.id });
      await bob.client.next('entry', isRecall);
      expect(await shown(bob, first.convId)).toMatchObject([
        { seq: first.seq, recalled: true },
        { seq: second.seq, burnAfterRead: true },
      ]);
      expect((await bob.client.call('sync', {})).conversations).toMatchObject([{ unread: 1 }]);
    });

    it('is burnt by reading everything too', async () => {
      const [ada, bob] = await pair();
      const [cem] = await pair();
      for (const from of [ada, cem]) await send(from, { to: bob.id, burnAfterRead: true });
      await world.post('/api/unread/mark_all_read', {}, bob);
      for (const { client } of [ada, cem]) expect(await client.next('entry', isRecall)).toMatchObject({ targetSeq: 1, reason: 'burnt' });
    });

    it('is burnt after a crash between the reading and the burning', async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'parley-endings-'));
      const url = await storeUrlOf(dataDir);
      const store = { dataDir, databaseUrl: url };
      const database = await FaultyDatabase.open({ url, dataDir });
      const dying = await World.start({ ...store, endingSweepMs: 60_000, drainMs: 0 }, { database });
      const [ada, bob] = [await dying.person('ada'), await dying.person('bob')];
      const { convId, seq } = await (
        await dying.connect(ada)
      ).call('send', {
        to: 'bob',
        type: 'text',
        payload: { text: 'for a while' },
        clientMsgId: 'm',
        burnAfterRead: true,
      });
      const crash = database.crashAt('after-commit', async (tx) => {
        const [bobs] = await tx.rows<{ read_seq: number }>(`SELECT read_seq FROM members WHERE user_id = 'bob'`);
        return bobs?.read_seq === seq;
      });
      (await dying.connect(bob)).raw(JSON.stringify({ action: 'read', ref: 'r', data: { to: 'ada', seq } }));
      await crash;
      try {
        await World.during({ ...store, endingSweepMs: 20 }, async (next) => {
          const client = await next.connect(ada);
          const page = () => client.call('entries', { convId, afterSeq: 0 });
          await eventually(
            async () => (await page()).entries.length > 1,
            () => 'the burning',
          );
          expect((await page()).entries).toMatchObject([
            { seq, recalled: true },
            { kind: 'recalled', targetSeq: seq, reason: 'burnt', from: 'ada' },
          ]);
          expect((await client.call('sync', {})).conversations).toMatchObject([{ receipt: { userId: 'bob', readSeq: seq } }]);
          expect(await next.gateway.app.get(Database).rows('SELECT * FROM burns')).toEqual([]);
        });
      } finally {
        await dying.close();
        await dropStore(url);
        rmSync(dataDir, { recursive: true, force: true });
      }
    });

    it('is burnt across a block, with no word of how far its reader is', async () => {
      const [ada, bob] = await pair();
      const { seq } = await send(ada, { to: bob.id, burnAfterRead: true });
      await world.post('/api/blocks', { userId: ada.id }, bob);
      await bob.client.call('read', { to: ada.id, seq });
      await ada.client.next('entry', isRecall);
      await ada.client.settled();
      expect(ada.client.all('receipt')).toEqual([]);
      expect((await ada.client.call('sync', {})).conversations[0]).not.toHaveProperty('receipt');
    });

    it('stays for its sender while who deleted the conversation has not read it', async () => {
      const [ada, bob] = await pair();
      const { convId, seq } = await send(ada, { to: bob.id, burnAfterRead: true });
      await world.post('/api/conversations/delete', { convId }, bob);
      expect(await shown(ada, convId)).toMatchObject([{ seq, payload: { text: 'for a while' } }]);
      await bob.client.call('read', { to: ada.id, seq });
      expect(await ada.client.next('entry', isRecall)).toMatchObject({ targetSeq: seq, reason: 'burnt' });
      expect(await shown(ada, convId)).toMatchObject([{ seq, recalled: true }]);
    });

    it('is for a c2c alone', async () => {
      const [ada, bob] = await pair();
      const groupId = await world.group(ada, [bob]);
      expect(await codeOf(send(ada, { groupId, burnAfterRead: true }))).toBe('BAD_REQUEST');
      expect(await send(ada, { groupId, burnAfterRead: false })).toMatchObject({ seq: 2 });
      expect((await shown(bob, `group:${groupId}`))[0]).not.toHaveProperty('burnAfterRead');
    });

    it('may end at a time as well, whatever comes first', async () => {
      const [ada, bob] = await pair();
      const { seq } = await send(ada, { to: bob.id, burnAfterRead: true, expireAtMs: Date.now() + 60_000 });
      offsetMs = 60_001;
      expect(await bob.client.next('entry', isRecall)).toMatchObject({ targetSeq: seq, reason: 'expired' });
      await bob.client.call('read', { to: ada.id, seq });
      await bob.client.settled();
      expect(bob.client.all('entry')).toHaveLength(1);
      expect([...(await rows(`burns WHERE sender = '${ada.id}'`)), ...(await rows('expiries'))]).toEqual([]);
    });
  });
});
