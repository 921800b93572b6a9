import { persistently } from './persistent';

/** A part that fails so often, and what happens meanwhile. */
function failing(times: number, { isOld = () => Promise.resolve(false), mayRenew = true } = {}) {
  let tries = 0;
  const waits: number[] = [];
  let renewals = 0;
  const load = () => (++tries > times ? Promise.resolve('the part') : Promise.reject(new Error(`failure ${tries}`)));
  const loaded = persistently(load, {
    isOld,
    renew: () => mayRenew && ++renewals > 0,
    wait: (ms) => Promise.resolve(void waits.push(ms)),
  });
  return { loaded, waits, tries: () => tries, renewals: () => renewals };
}
const away = () => Promise.reject(new Error('no network'));

describe('a part that fails to load', () => {
  it('is loaded at once when nothing fails', async () => {
    const { loaded, waits } = failing(0);
    await expect(loaded).resolves.toBe('the part');
    expect(waits).toEqual([]);
  });

  it('is tried for as long as there is no network, with longer and longer waits', async () => {
    const { loaded, waits } = failing(9, { isOld: away });
    await expect(loaded).resolves.toBe('the part');
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
  });

  it('is given up after some tries when the server is there', async () => {
    const { loaded, tries } = failing(9);
    await expect(loaded).rejects.toThrow('failure 4');
    expect(tries()).toBe(4);
  });

  it('loads the page anew when the server has another app', async () => {
    const { loaded, renewals } = failing(9, { isOld: () => Promise.resolve(true) });
    const first = await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, 20, 'nothing yet'))]);
    expect(first).toBe('nothing yet');
    expect(renewals()).toBe(1);
  });

  it('is given up at once when the server has another app and the page must stay', async () => {
    const { loaded, tries } = failing(9, { isOld: () => Promise.resolve(true), mayRenew: false });
    await expect(loaded).rejects.toThrow('failure 1');
    expect(tries()).toBe(1);
  });
});
