import { newId, newLongId } from './ids';

describe.each([
  ['a new id', newId, 20],
  ['a new long id', newLongId, 26],
])('%s', (_, make, length) => {
  it(`has ${length} characters of the alphabet, and is never given twice`, () => {
    const ids = Array.from({ length: 10_000 }, make);
    const fits = new RegExp(`^[0-9a-hjkmnp-tv-z]{${length}}$`);
    expect(ids.filter((id) => !fits.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
