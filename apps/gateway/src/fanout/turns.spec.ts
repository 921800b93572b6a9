import { LeaseStore } from '@app/storage';
import { type TempStore, openTempStore } from '@app/testing';
import { turnsOf } from './turns';

describe('the turns of relays', () => {
  let now = 1_000;
  let store: TempStore;
  beforeEach(async () => {
    store = await openTempStore(undefined, { clock: { now: () => now } });
  });
  afterEach(() => store.close());

  it('go to another one when who has the turn is not able to use it', async () => {
    const leases = new LeaseStore(store.database);
    let able = true;
    const one = turnsOf({ dialect: 'mysql' }, leases, 'one', () => able);
    const other = turnsOf({ dialect: 'mysql' }, leases, 'other', () => true);
    expect([await one.take(6_000), await other.take(6_000)]).toEqual([true, false]);
    able = false;
    now += 6_000;
    expect([await one.take(6_000), await other.take(6_000)]).toEqual([false, true]);
    able = true;
    expect(await one.take(6_000)).toBe(false);
  });
});
