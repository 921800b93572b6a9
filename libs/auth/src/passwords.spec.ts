import { ImError } from '@app/protocol';
import * as argon2 from '@node-rs/argon2';
import { Passwords } from './passwords';

const mockInFlight = { now: 0, most: 0 };
/** The hashes that were compared. */
const mockVerified: string[] = [];

jest.mock('@node-rs/argon2', () => {
  const actual = jest.requireActual<typeof argon2>('@node-rs/argon2');
  const counted =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      mockInFlight.most = Math.max(mockInFlight.most, ++mockInFlight.now);
      try {
        return await work(...args);
      } finally {
        mockInFlight.now--;
      }
    };
  const verify = counted((hash: string, password: string) => {
    mockVerified.push(hash);
    return actual.verify(hash, password);
  });
  return { ...actual, hash: counted(actual.hash), verify };
});

beforeEach(() => {
  mockInFlight.most = 0;
});

describe('Passwords', () => {
  const passwords = new Passwords();

  it('a password is verified by its hash, another one is not', async () => {
    const hash = await passwords.hash('correct horse 🐴');
    expect(await passwords.verify(hash, 'correct horse 🐴')).toBe(true);
    expect(await passwords.verify(hash, 'correct horse')).toBe(false);
    expect(await passwords.verify(hash, '')).toBe(false);
  });

  it('hashes are Argon2id with the OWASP parameters and a salt of their own', async () => {
    const [first, second] = await Promise.all([passwords.hash('same'), passwords.hash('same')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(first).not.toBe(second);
  });

  it('a hash with other parameters, stored before they changed, is still verified', async () => {
    const old = await argon2.hash('password', { memoryCost: 8192, timeCost: 3, parallelism: 2 });
    expect(await passwords.verify(old, 'password')).toBe(true);
  });

  it('without a hash the answer is false, after the same work as with one', async () => {
    const hash = await passwords.hash('password');
    const parameters = (stored: string) => stored.split('$').slice(0, 4);
    for (const stored of [hash, null, hash.slice(0, -3)]) {
      mockVerified.length = 0;
      expect(await passwords.verify(stored, 'wrong')).toBe(false);
      expect(mockVerified.map(parameters)).toEqual([parameters(hash)]);
    }
  });

  it('a damaged hash answers false, even to the right password', async () => {
    const hash = await passwords.hash('password');
    const damaged = [
      '',
      'password',
      hash.slice(0, -1),
      `${hash}AAAA`,
      `${hash}\0`,
      hash.replace('m=19456', 'm=4294967295'),
      hash.replace('m=19456', 'm=1'),
      hash.replace('t=2', 't=4294967295'),
      hash.replace('p=1', 'p=255'),
      hash.replace('t=2', 't=3'),
      hash.replace('argon2id', 'argon2d'),
      hash.replace('v=19', 'v=7'),
      '$argon2id$v=19$m=19456,t=2,p=1$$',
      '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    ];
    for (const stored of damaged) expect(await passwords.verify(stored, 'password')).toBe(false);
  });

  it.each([1, 2])('no more than %i run at once, and they start in the order of the calls', async (concurrency) => {
    const few = new Passwords({ concurrency });
    const finished: number[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async (_, call) => {
        await (call % 2 ? few.hash('password') : few.verify(null, 'password'));
        finished.push(call);
      }),
    );
    expect(mockInFlight.most).toBe(concurrency);
    if (concurrency === 1) expect(finished).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('a call beyond the queue is UNAVAILABLE at once, and the others are not disturbed', async () => {
    const small = new Passwords({ concurrency: 1, queueLimit: 2 });
    const accepted = [small.hash('a'), small.verify(null, 'b'), small.hash('c')];
    for (const refused of [small.hash('d'), small.verify(null, 'e')]) {
      const error = await refused.then(undefined, (reason: unknown) => reason);
      expect(error).toBeInstanceOf(ImError);
      expect((error as ImError).code).toBe('UNAVAILABLE');
    }
    expect(await Promise.all(accepted)).toEqual([expect.stringMatching(/^\$argon2id/), false, expect.stringMatching(/^\$argon2id/)]);
    expect(await small.verify(await small.hash('f'), 'f')).toBe(true);
  });

  it('by default a hundred calls wait, and the next is refused', async () => {
    const one = new Passwords({ concurrency: 1 });
    const calls = Array.from({ length: 102 }, () => one.verify(null, 'password'));
    const results = await Promise.allSettled(calls);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(results.at(-1)?.status).toBe('rejected');
  });
});
