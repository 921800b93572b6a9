import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { ImError } from '@app/protocol';
import * as argon2 from '@node-rs/argon2';

// Argon2id as the OWASP Password Storage Cheat Sheet recommends it: 19 MiB, two passes, one lane.
const algorithm = 2;
const parameters = { algorithm, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// What a stored hash may ask for at most. A damaged one could otherwise claim all memory and end the process.
const most = { memoryCost: 65_536, timeCost: 8, parallelism: 4 } as const;

/** How much hashing is done at once, and how much may wait. */
export interface PasswordsOptions {
  /** Hashes at the same time. Default: half the cores, at least 1. */
  readonly concurrency?: number;
  /** Calls that wait for their turn. Default 100. */
  readonly queueLimit?: number;
}

/**
 * Hashes and verifies passwords with Argon2id, off the event loop, in the order of the calls.
 *
 * A hash costs about 15 ms of a core and 19 MiB, so only a few run at once and a bounded queue waits; a call beyond it rejects at once with
 * `ImError('UNAVAILABLE')`, a verification as much as a hash.
 */
export class Passwords {
  private readonly concurrency: number;
  private readonly queueLimit: number;
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(options: PasswordsOptions = {}) {
    this.concurrency = options.concurrency ?? Math.max(1, Math.floor(availableParallelism() / 2));
    this.queueLimit = options.queueLimit ?? 100;
  }

  /** A salted hash in PHC format, to be stored as it is: two of the same password differ. */
  hash(password: string): Promise<string> {
    return this.inTurn(() => argon2.hash(password, parameters));
  }

  /**
   * Whether this is the password that `hash()` once got. Without a stored hash (`null`, an unknown user) or with a damaged one the answer is
   * false and takes as long as any other.
   */
  verify(hash: string | null, password: string): Promise<boolean> {
    const usable = hash !== null && isUsable(hash);
    return this.inTurn(async () => {
      try {
        return (await argon2.verify(usable ? hash : unmatchable, password)) && usable;
      } catch {
        return false;
      }
    });
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.concurrency) {
      this.running++;
    } else {
      if (this.waiting.length >= this.queueLimit) throw new ImError('UNAVAILABLE');
      await new Promise<void>((go) => this.waiting.push(go));
    }
    try {
      return await work();
    } finally {
      // The place is handed on rather than freed, so that a call that comes just now cannot overtake.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}

/** A well-formed hash that costs as much to verify as a real one: random bytes, the hash of no known password. */
const unmatchable = [
  '$argon2id$v=19',
  `m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}`,
  base64(randomBytes(16)),
  base64(randomBytes(32)),
].join('$');

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function isUsable(hash: string): boolean {
  try {
    const asked = argon2.parseOptions(hash);
    return (
      Number(asked.algorithm) === algorithm &&
      asked.memoryCost <= most.memoryCost &&
      asked.timeCost <= most.timeCost &&
      asked.parallelism <= most.parallelism
    );
  } catch {
    return false;
  }
}
