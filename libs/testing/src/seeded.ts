import { crc32 } from 'node:zlib';

/** A source of random numbers that repeats itself for the same seed (mulberry32). Not for secrets. */
export class Seeded {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** One of the items, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** `true` with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

/** The seed of a run that names none. */
const usualSeed = 20_260_726;

/**
 * The seed of this run: the one in `PARLEY_SEED`, or always the same, so that the same tests say the same of the same code on every
 * machine. `npm run test:long` goes on with fresh ones.
 */
export const seedOfRun = (): number => Number(process.env.PARLEY_SEED ?? usualSeed);

/**
 * Runs `work` with random numbers that follow from the seed of the run and the name of the test, so that tests of one run differ. A
 * failure names the seed that repeats it.
 */
export async function withSeed<T>(work: (random: Seeded) => Promise<T>): Promise<T> {
  const seed = seedOfRun();
  try {
    return await work(new Seeded(seed ^ crc32(expect.getState().currentTestName ?? '')));
  } catch (error) {
    if (error instanceof Error) error.message = `PARLEY_SEED=${seed}: ${error.message}`;
    throw error;
  }
}
