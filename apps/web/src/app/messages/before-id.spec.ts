import { beforeId } from './before-id';

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

describe('the id before another one', () => {
  it.each(['a', 'u1', 'u10', 'Zoë'.slice(0, 1), 'a-', 'x.0', '0199c1f2-aaaa-7bbb-8ccc-123456789abc'])('of %s has nothing between', (id) => {
    const before = beforeId(id)!;
    expect(byBytes(before, id)).toBe(-1);
    expect(before.length).toBeLessThanOrEqual(64);
    // Whatever is longer than an id of this kind would come behind the one or before the other.
    for (const between of [`${before}-`, `${before}z`]) expect(between.length > 64 || byBytes(between, id) >= 0).toBe(true);
  });

  it('is not there for the first of all', () => expect(beforeId('-')).toBeUndefined());
});
