import { isolated } from './isolated';

describe('what is filled into a text', () => {
  it.each(['Ann', '林徽因', 'O’Neil 😀', 7])('%s stands as it is', (value) => expect(isolated(value)).toBe(String(value)));

  it.each(['Mallory\u202e', 'עדה', 'ليلى', '\u2066x'])('%j turns nothing but itself', (name) =>
    expect(isolated(name)).toBe(`\u2068${name}\u2069`),
  );
});
