import { Progress, expected } from './progress';

const usual = { quick: 20, full: 100 };

it('a scenario is expected to take as much longer as its rounds are', () => {
  expect(expected(usual, { quick: false, rounds: 5, seconds: 2 })).toBe(100);
  expect(expected(usual, { quick: false, rounds: 10, seconds: 1 })).toBe(100);
  expect(expected(usual, { quick: true, rounds: 3, seconds: 0.8 })).toBeCloseTo(40);
});

it('says where it is, what time has gone, and what is left at the pace of what is done', () => {
  let now = 0;
  const plan = [
    { name: 'first', seconds: 60 },
    { name: 'second', seconds: 30 },
  ];
  const progress = new Progress(plan, () => now);
  progress.next();
  now = 10_000;
  expect(progress.line('a case: a system, round 1 of 3')).toBe('[1/2 first] a case: a system, round 1 of 3 · 0:10 gone, about 1:20 left');
  now = 120_000;
  expect(progress.line('x')).toBe('[1/2 first] x · 2:00 gone, about 0:30 left');
  progress.next();
  now = 130_000;
  expect(progress.line('x')).toBe('[2/2 second] x · 2:10 gone, about 0:50 left');
});
