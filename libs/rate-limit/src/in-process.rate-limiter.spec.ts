import { InProcessRateLimiter } from './in-process.rate-limiter';
import { rateLimiterContract } from './rate-limiter.contract';

rateLimiterContract('InProcessRateLimiter', () => {
  let now = 0;
  return { limiter: new InProcessRateLimiter(() => now), pass: (ms) => void (now += ms) };
});

describe('InProcessRateLimiter', () => {
  const limit = { perSecond: 1, burst: 5 };
  let now: number;
  let limiter: InProcessRateLimiter;

  beforeEach(() => {
    now = 1_000_000;
    limiter = new InProcessRateLimiter(() => now);
  });

  it('a million idle keys are forgotten after the next sweep', () => {
    for (let key = 0; key < 1_000_000; key++) limiter.take(`key ${key}`, limit);
    expect(limiter.size).toBe(1_000_000);
    now += 10_000;
    for (let call = 0; call < 10_001; call++) limiter.take('caller', limit);
    expect(limiter.size).toBe(1);
  });

  it('a key is kept for as long as it is not full, through any number of sweeps', () => {
    const slow = { perSecond: 1 / 4096, burst: 2 };
    limiter.take('slow', slow, 2);
    for (let minute = 0; minute < 59; minute++) {
      now += 60_000;
      limiter.take(`minute ${minute}`, limit);
      expect(limiter.take('slow', slow)).toBe(4_096_000 - (minute + 1) * 60_000);
    }
    now += 4_096_000 * 2;
    limiter.take('caller', limit);
    limiter.take('caller', limit);
    expect(limiter.size).toBe(1);
  });

  it('keys that come while a sweep rests are not lost', () => {
    for (let key = 0; key < 1000; key++) limiter.take(`old ${key}`, limit);
    now += 10_000;
    for (let key = 0; key < 1000; key++) limiter.take(`new ${key}`, limit, 5);
    expect(limiter.size).toBe(1000);
    for (let key = 0; key < 1000; key++) expect(limiter.take(`new ${key}`, limit)).toBe(1000);
  });

  it('another limit for the same key applies at once and keeps what was used', () => {
    limiter.take('key', limit, 5);
    expect(limiter.take('key', { perSecond: 1000, burst: 1000 })).toBe(1);
    now += 10;
    expect(limiter.take('key', { perSecond: 1000, burst: 3 }, 3)).toBe(0);
    expect(limiter.take('key', { perSecond: 1000, burst: 3 })).toBe(1);
  });

  it('tokens that somebody knows to be gone are there after the wait that was told, give or take a tick, and never sooner for it', () => {
    limiter.holdBack('key', limit, 2, 3_000);
    expect(limiter.take('key', limit, 2)).toBe(2_999);
    expect(limiter.take('key', limit)).toBe(1_999);
    limiter.holdBack('key', limit, 2, 1_000);
    expect(limiter.take('key', limit, 2)).toBe(2_999);
    now += 2_999;
    expect(limiter.take('key', limit, 2)).toBe(0);
    expect(limiter.take('key', limit)).toBe(1_000);
  });

  it('close forgets everything', () => {
    limiter.take('key', limit);
    limiter.close();
    expect(limiter.size).toBe(0);
  });
});
