import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropStore, openStoreIn, storeUrlOf } from '@app/testing';

let dataDir: string;
let url: string;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'parley-epoch-'));
  url = await storeUrlOf(dataDir);
});
afterEach(async () => {
  await dropStore(url);
  rmSync(dataDir, { recursive: true });
});

it('an epoch stays until it is renewed, and the id of the store stays for ever', async () => {
  const first = await openStoreIn(dataDir);
  const { epoch, id } = first.database;
  await first.close();

  const second = await openStoreIn(dataDir);
  expect(second.database).toMatchObject({ epoch, id });
  const renewed = await second.database.renewEpoch();
  expect(renewed).not.toBe(epoch);
  expect(await second.database.readEpoch()).toBe(renewed);
  await second.close();

  const third = await openStoreIn(dataDir);
  expect(third.database).toMatchObject({ epoch: renewed, id });
  await third.close();
});
