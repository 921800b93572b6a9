import type { RateLimit } from './token-bucket';

/** Tokens of one key that were taken ahead of need. */
interface Purse {
  readonly limit: RateLimit;
  tokens: number;
  /** How many are being asked for. */
  coming: number;
  /** Whether anybody has come since the last sweep. */
  used: boolean;
}

/** What is in a purse that nobody uses any more. */
export interface Leftover {
  readonly key: string;
  readonly limit: RateLimit;
  readonly tokens: number;
}

/**
 * Tokens that were taken ahead of need, so that most takes need not ask. A key holds at most its `lot`, those that are on their way
 * included; who comes once and not again before the next sweep holds nothing.
 */
export class Purses {
  private readonly purses = new Map<string, Purse>();

  /** How many keys hold tokens or came lately. */
  get size(): number {
    return this.purses.size;
  }

  /** Takes `n` tokens of a key; `false` when there are not as many. */
  spend(key: string, n: number): boolean {
    const purse = this.purses.get(key);
    if (!purse || purse.tokens < n) return false;
    purse.tokens -= n;
    purse.used = true;
    return true;
  }

  /** How many tokens to ask for beyond those that are needed now. Is followed by one `arrive`. */
  expect(key: string, limit: RateLimit): number {
    const { lot = 0 } = limit;
    if (lot < 1) return 0;
    const purse = this.purses.get(key);
    if (!purse) {
      this.purses.set(key, { limit, tokens: 0, coming: 0, used: true });
      return 0;
    }
    purse.used = true;
    const ahead = Math.max(0, Math.floor(lot) - purse.tokens - purse.coming);
    purse.coming += ahead;
    return ahead;
  }

  /** Of the tokens that were expected, `arrived` are there and no more will come. */
  arrive(key: string, expected: number, arrived: number): void {
    const purse = this.purses.get(key);
    if (!purse) return;
    purse.coming -= expected;
    purse.tokens += arrived;
  }

  /** Puts back what was spent for something that did not happen. */
  putBack(key: string, n: number): void {
    const purse = this.purses.get(key);
    if (purse) purse.tokens += n;
  }

  /** Forgets the keys for which nobody came since the last sweep, or all of them, and tells what they held. */
  sweep(all = false): Leftover[] {
    const leftovers: Leftover[] = [];
    for (const [key, purse] of this.purses) {
      if (!all && (purse.used || purse.coming > 0)) {
        purse.used = false;
        continue;
      }
      this.purses.delete(key);
      if (purse.tokens > 0) leftovers.push({ key, limit: purse.limit, tokens: purse.tokens });
    }
    return leftovers;
  }
}
