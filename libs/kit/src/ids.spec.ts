import { newId } from './ids';

describe('a new id', () => {
  it('has 20 characters of the alphabet, and is never given twice', () => {
    const ids = Array.from({ length: 10_000 }, newId);
    expect(ids.filter((id) => !/^[0-9a-hjkmnp-tv-z]{20}$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
