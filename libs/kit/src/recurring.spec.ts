import { Recurring } from './recurring';

it('a trouble that recurs is told at once, then at most every ten seconds with how often it came', () => {
  let now = 0;
  const told: [string, number][] = [];
  const recurring = new Recurring<string>(
    (latest, times) => told.push([latest, times]),
    () => now,
  );
  for (const [at, name] of [
    [0, 'a'],
    [1, 'b'],
    [9_999, 'c'],
    [10_000, 'd'],
    [10_001, 'e'],
    [60_000, 'f'],
  ] as const) {
    now = at;
    recurring.happened(name);
  }
  expect(told).toEqual([
    ['a', 1],
    ['d', 3],
    ['f', 2],
  ]);
});
