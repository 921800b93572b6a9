import { configKeys } from './schema';
import { sharing } from './sharing';

describe('the table of what instances have in common', () => {
  it('has every key of the schema, and no other', () => {
    expect(Object.keys(sharing).sort()).toEqual(configKeys.map(({ path }) => path).sort());
  });

  it('says of each why', () => {
    expect(Object.entries(sharing).filter(([, { why }]) => !/^[A-Z].*\.$/.test(why))).toEqual([]);
  });

  it('holds gateways to one secret, one storage, one domain for callbacks, and one set of limits', () => {
    const { jwtSecret, wsSendQPS, wsSendBurst } = sharing;
    const storage = Object.entries(sharing).flatMap(([path, row]) => (/^(objectStorage|files)\./.test(path) ? [row] : []));
    expect([jwtSecret, wsSendQPS, wsSendBurst, ...storage].filter(({ scope }) => scope === 'own')).toEqual([]);
    expect(storage.length).toBeGreaterThan(10);
  });
});
