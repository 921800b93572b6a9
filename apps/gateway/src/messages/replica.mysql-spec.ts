import { MariaServer, World } from '@app/testing';

const servers: MariaServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.remove())));

it('a client that pages back sees every message and none that was recalled, whether a replica lags or not', async () => {
  const [primary, replica] = await Promise.all([MariaServer.start({ binlog: true }), MariaServer.start({ serverId: 2, readOnly: true })]);
  servers.push(primary, replica);
  const databaseUrl = await primary.database('parley');
  await replica.replicate(primary);
  await World.during({ databaseUrl, databaseReplicaUrls: [`${replica.url}/parley`] }, async (world) => {
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
    const results = async () => (await world.metrics.replicaReads.get()).values.map(({ labels, value }) => [labels.result, value]);
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
    expect(await results()).toEqual([['behind', 4]]);

    await replica.startReplication();
    await replica.catchUp(primary);
    for (const { seen } of places) expect(await page(seen)).toEqual(shown);
    expect(await results()).toEqual([
      ['behind', 4],
      ['served', 2],
    ]);
  });
});
