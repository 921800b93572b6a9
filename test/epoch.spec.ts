import { tmpdir } from 'node:os';
import { Database } from '@app/storage';
import { MariaServer, eventually } from '@app/testing';
import { build, buildPatienceMs } from './built';
import { reconnect } from './follower';
import { GatewayProcess } from './process';

beforeAll(build, buildPatienceMs);

it('a gateway whose store was given a new epoch hands its connections over and ends, to be started with nothing remembered', async () => {
  const maria = await MariaServer.start();
  const url = await maria.database();
  const gateway = await GatewayProcess.start({ env: { DATABASE_URL: url } });
  const database = await Database.open({ url, dataDir: tmpdir() });
  try {
    const alice = await gateway.person('alice');
    const client = await reconnect(gateway.ws, alice, 'phone');
    const epoch = client.all('connected')[0]?.epoch;
    expect(epoch).toBe(database.epoch);

    const renewed = await database.renewEpoch();
    expect((await client.closed).code).toBe(1012);
    expect(client.all('closing')).toHaveLength(1);
    await eventually(
      () => !gateway.running,
      () => 'the end of the process',
    );
    expect((await gateway.ended).code).toBe(75);
    await gateway.start();
    const again = await reconnect(gateway.ws, alice, 'phone');
    expect(again.all('connected')).toMatchObject([{ epoch: renewed }]);
    again.cut();
  } finally {
    await database.close();
    await gateway.remove();
    await maria.remove();
  }
}, 90_000);
