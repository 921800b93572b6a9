import { tmpdir } from 'node:os';
import { Database } from '@app/storage';
import { MariaServer, World, dropDatabase, sharedMysql } from '@app/testing';

const servers: MariaServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.remove())));

it('a client that pages back sees every message and none that was recalled, whether a replica lags or not', async () => {
  const [primary, replica] = await Promise.all([MariaServer.start({ binlog: true }), MariaServer.start({ serverId: 2, readOnly: true })]);
  servers.push(primary, replica);
  const databaseUrl = await primary.database('parley');
  await replica.replicate(primary);
  const databaseReplicaUrls = [`${replica.url}/parley`];
  const results: string[] = [];
  // A page on a busy machine may take longer than a gateway would wait for it.
  const database = await Database.open({
    url: databaseUrl,
    replicaUrls: databaseReplicaUrls,
    replicaDeadlineMs: 20_000,
    onReplicaRead: (result) => results.push(result),
    dataDir: tmpdir(),
  });
  const test = async (world: World): Promise<void> => {
    const [alice, bob] = [await world.person('alice'), await world.person('bob')];
    const [a, b] = [await world.connect(alice), await world.connect(bob)];
    const group = await world.group(alice, [bob]);
    const places = [
      { target: { to: 'bob' }, seen: { to: 'alice' } },
      { target: { groupId: group }, seen: { groupId: group } },
    ];
    const page = async (seen: { to: string } | { groupId: string }) => {
      const { messages } = await b.call('history', { ...seen, limit: 100 });
      return messages.filter(({ type }) => type === 'text').map(({ payload, recalled }) => (recalled ? 'recalled' : payload?.text));
    };
    const shown = ['1', '2', '3', 'recalled', '5', '6', '7', '8', '9', '10'];

    for (const { target } of places) {
      for (let n = 1; n <= 5; n++) await a.say(target, `${n}`);
    }
    await replica.catchUp(primary);
    await replica.stopReplication();
    for (const { target, seen } of places) {
      for (let n = 6; n <= 10; n++) await a.say(target, `${n}`);
      const { messages } = await b.call('history', { ...seen, limit: 100 });
      const seq = messages.find(({ payload }) => payload?.text === '4')?.seq;
      await a.call('recall', { ...target, seq });
      expect(await page(seen)).toEqual(shown);
    }
    expect(results.splice(0)).toEqual(Array(4).fill('behind'));

    await replica.startReplication();
    await replica.catchUp(primary);
    for (const { seen } of places) expect(await page(seen)).toEqual(shown);
    expect(results).toEqual(['served', 'served']);
  };
  await World.during({}, test, { database });
});

it('a gateway counts how its replicas do', async () => {
  const databaseUrl = await sharedMysql();
  await World.during({ databaseUrl, databaseReplicaUrls: ['mysql://nobody@127.0.0.1:1/parley'] }, async (world) => {
    const [alice] = [await world.person('alice'), await world.person('bob')];
    const client = await world.connect(alice);
    await client.say({ to: 'bob' }, 'hello');
    expect((await client.call('history', { to: 'bob', limit: 10 })).messages).toHaveLength(1);
    const { values } = await world.metrics.replicaReads.get();
    expect(values).toEqual([{ labels: { result: 'failed' }, value: 1 }]);
  });
  await dropDatabase(databaseUrl);
});
