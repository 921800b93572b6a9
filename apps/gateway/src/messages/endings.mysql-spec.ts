import { c2cConversation } from '@app/protocol';
import { ConversationStore, Database, LeaseStore } from '@app/storage';
import { Cluster, type TestClient, type World, codeOf } from '@app/testing';
import { Endings } from './endings';

describe('messages that end by themselves, of three gateways', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start(3, { endingSweepMs: 20 });
  });
  afterAll(() => cluster.close());

  const targets = (client: TestClient): number[] =>
    client.all('entry').flatMap((entry) => (entry.kind === 'recalled' ? [entry.targetSeq] : []));

  it('are taken back once each, by whichever gateway', async () => {
    const [first, , third] = cluster.worlds;
    if (!first || !third) throw new Error('there are three');
    const [ada, bob] = [await first.person('ada'), await third.person('bob')];
    const [a, b] = [await first.connect(ada), await third.connect(bob)];
    const expireAtMs = Date.now() + 3_000;
    const send = (i: number) =>
      a.call('send', {
        to: 'bob',
        type: 'text',
        payload: { text: 'x' },
        clientMsgId: `m${i}`,
        ...(i % 2 ? { expireAtMs } : { burnAfterRead: true }),
      });
    const seqs = (await Promise.all(Array.from({ length: 100 }, (_, i) => send(i)))).map(({ seq }) => seq);
    // From both sides at once, as two devices do.
    await Promise.all([b.call('read', { to: 'ada', seq: 100 }), third.post('/api/messages/read', { to: 'ada', seq: 100 }, bob)]);
    await b.until(() => targets(b).length >= 100, 'all to be taken back');
    await b.settled();
    expect(targets(b).sort((x, y) => x - y)).toEqual(seqs);
    expect(await codeOf(a.call('edit', { to: 'bob', seq: 1, payload: { text: 'again' } }))).toBe('NOT_FOUND');
  });

  it('are taken back once each, also by gateways of which each believes that it is the only one', async () => {
    const [first, second, third] = cluster.worlds;
    if (!first || !second || !third) throw new Error('there are three');
    const [carl, dora] = [await first.person('carl'), await third.person('dora')];
    const [c, d] = [await first.connect(carl), await third.connect(dora)];
    const said = { to: 'dora', type: 'text', payload: { text: 'x' } } as const;
    const count = 300;
    const sends = Array.from({ length: count }, (_, i) => c.call('send', { ...said, clientMsgId: `m${i}`, burnAfterRead: true }));
    const seqs = (await Promise.all(sends)).map(({ seq }) => seq);
    // What a lease that ran out at a bad moment lets happen: all three at the same messages.
    const ref = await first.gateway.app.get(ConversationStore).find(c2cConversation('carl', 'dora'));
    if (!ref) throw new Error('there is such a conversation');
    const burn = (world: World) => world.gateway.app.get(Endings).burnRead(ref, 'dora', { after: 0, upTo: count });
    const recall = c.call('recall', { to: 'dora', seq: 7 });
    const edit = codeOf(c.call('edit', { to: 'dora', seq: 9, payload: { text: 'better' } })).catch(() => 'edited');
    await Promise.all([burn(first), burn(second), burn(third), recall]);
    await edit;
    await d.until(() => targets(d).length >= count, 'all to be taken back');
    await d.settled();
    expect(targets(d).sort((x, y) => x - y)).toEqual(seqs);
    const database = first.gateway.app.get(Database);
    expect(await database.rows('SELECT * FROM burns WHERE conversation_id = ?', [ref.rowId])).toEqual([]);
    expect(await database.rows('SELECT seq FROM entries WHERE conversation_id = ? AND body LIKE \'%"text"%\'', [ref.rowId])).toEqual([]);
    const { entries, lastSeq } = await c.call('entries', { to: 'dora', afterSeq: count, limit: 500 });
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq - count }, (_, i) => count + 1 + i));
  });

  it('are looked for by one at a time; a lease that runs out or is given back is for the next', async () => {
    const [world] = cluster.worlds;
    if (!world) throw new Error('there are three');
    const leases = new LeaseStore(world.gateway.app.get(Database));
    const asked = await Promise.all(['a', 'b', 'c'].map((holder) => leases.take('work', holder, 60_000)));
    expect(asked.filter(Boolean)).toEqual([true]);
    const holder = ['a', 'b', 'c'][asked.indexOf(true)] ?? '';
    expect(await leases.take('work', holder, 60_000)).toBe(true);
    expect(await leases.take('work', 'd', 60_000)).toBe(false);
    await leases.release('work', 'd');
    expect(await leases.take('work', 'd', 60_000)).toBe(false);
    await leases.release('work', holder);
    expect(await leases.take('work', 'd', 0)).toBe(true);
    expect(await leases.take('work', 'e', 0)).toBe(true);
  });
});
