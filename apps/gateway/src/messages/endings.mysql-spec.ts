import { Database, LeaseStore } from '@app/storage';
import { Cluster, type TestClient, codeOf } from '@app/testing';

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
    const expireAtMs = Date.now() + 500;
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
