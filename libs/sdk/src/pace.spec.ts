import fc from 'fast-check';
import { Pace } from './pace';

describe('the pace of sends', () => {
  let time: number;
  let pace: Pace;
  const takeAll = (): number => {
    let taken = 0;
    while (pace.take() === 0) taken++;
    return taken;
  };

  beforeEach(() => {
    time = 5_000;
    pace = new Pace(() => time);
  });

  it('lets most of a burst go at once, and then one after the other', () => {
    pace.limit(20, 40);
    expect(takeAll()).toBe(32);
    const waitMs = pace.take();
    expect(waitMs).toBeGreaterThan(50);
    time += waitMs;
    expect(takeAll()).toBe(1);
  });

  it('keeps what was used up when another connection tells the limits again', () => {
    pace.limit(20, 40);
    takeAll();
    pace.limit(20, 40);
    expect(pace.take()).toBeGreaterThan(0);
  });

  it('lets one at a time go where the burst is one', () => {
    pace.limit(1, 1);
    expect(takeAll()).toBe(1);
    expect(pace.take()).toBeGreaterThan(1_000);
  });

  it('waits as long as the server says, and has one then', () => {
    pace.limit(20, 40);
    pace.hold(700);
    expect(pace.take()).toBeCloseTo(700, 0);
    time += 700;
    expect(takeAll()).toBe(1);
  });

  it('neither gives nor takes anything when the clock is set back', () => {
    pace.limit(10, 10);
    expect(takeAll()).toBe(8);
    time -= 3_600_000;
    expect(pace.take()).toBeGreaterThan(0);
  });

  it('never lets more go than the server allows, even when what is sent in half a burst of time arrives at once', () => {
    const arbitrary = fc.record({
      qps: fc.integer({ min: 1, max: 100 }),
      burst: fc.integer({ min: 5, max: 200 }),
      waits: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }),
      jitter: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ qps, burst, waits, jitter }) => {
        time = 5_000;
        pace = new Pace(() => time);
        pace.limit(qps, burst);
        // A fifth of the burst is kept back: so long may some frames take more than others.
        const slackMs = ((burst - Math.floor(burst * 0.8)) / qps) * 1000;
        const arrivals: number[] = [];
        for (const wait of waits) {
          while (pace.take() === 0)
            arrivals.push(Math.max(arrivals.at(-1) ?? 0, time + slackMs * (jitter[arrivals.length % jitter.length] ?? 0)));
          time += wait;
        }
        let level = burst;
        arrivals.forEach((at, i) => {
          level = Math.min(burst, level + ((at - (arrivals[i - 1] ?? 0)) * qps) / 1000) - 1;
          expect(level).toBeGreaterThan(-1e-6);
        });
      }),
    );
  });
});
