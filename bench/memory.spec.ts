import { anonymousIn, hardFileLimitIn } from './memory';

it('memory of a process is what is resident and of no file', () => {
  const rollup = 'Rss:  88182 kB\nPss:  70000 kB\nAnonymous:         43028 kB\nLazyFree:  0 kB\nAnonHugePages:   0 kB\n';
  expect(anonymousIn(rollup)).toBe(43_028);
});

it('a kernel that does not tell it is told of', () => {
  expect(() => anonymousIn('Rss: 1 kB\n')).toThrow('this kernel does not tell');
});

it('how many files may be open is the limit that Node raises its own to', () => {
  const limits = (hard: string) =>
    `Max cpu time  unlimited  unlimited  seconds\nMax open files            1024                 ${hard}                files     \n`;
  expect(hardFileLimitIn(limits('20000'))).toBe(20_000);
  expect(hardFileLimitIn(limits('unlimited'))).toBe(Infinity);
});
