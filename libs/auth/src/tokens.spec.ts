import { createHmac } from 'node:crypto';
import { TokenRefused, Tokens } from './tokens';

const secret = 'a-secret-for-the-tests-of-tokens-01';
const clock = { at: 1_700_000_000_000, now: () => clock.at };
const tokens = new Tokens({ secret, lifetimeSeconds: 60, clock });

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
function handMade(header: object, payload: object, key = secret, hash = 'sha256'): string {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}
const reasonOf = (token: string, use?: 'access' | 'refresh'): string => {
  try {
    tokens.verify(token, use);
    return 'valid';
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    return error.reason;
  }
};
const now = () => Math.floor(clock.at / 1000);

describe('tokens', () => {
  beforeEach(() => {
    clock.at = 1_700_000_000_000;
  });

  it('gives back what was signed', () => {
    const { token, expiresAt } = tokens.issue('u1', 's1');
    expect(tokens.verify(token)).toEqual({ userId: 'u1', sessionId: 's1', issuedAt: clock.at, expiresAt });
    expect(expiresAt).toBe(clock.at + 60_000);
  });

  it('tells an expired token from a bad one', () => {
    const { token } = tokens.issue('u1', 's1');
    clock.at += 60_000;
    expect(reasonOf(token)).toBe('expired');
    expect(reasonOf(`${token.slice(0, -2)}xx`)).toBe('bad');
  });

  it('takes tokens of previous secrets until they end', () => {
    const rotated = new Tokens({ secret: 'another-secret-for-tests-of-tokens-2', previousSecrets: [secret], lifetimeSeconds: 60, clock });
    expect(rotated.verify(tokens.issue('u1', 's1').token).userId).toBe('u1');
    expect(reasonOf(rotated.issue('u1', 's1').token)).toBe('bad');
  });

  it("takes a product's own token with nothing but sub and exp", () => {
    expect(tokens.verify(handMade({ alg: 'HS256', typ: 'JWT' }, { sub: 'alice', exp: now() + 10 }))).toEqual({
      userId: 'alice',
      sessionId: undefined,
      issuedAt: 0,
      expiresAt: clock.at + 10_000,
    });
  });

  it('ends a token without exp when ours would end, and refuses one without iat too', () => {
    expect(tokens.verify(handMade({ alg: 'HS256' }, { sub: 'alice', iat: now() })).expiresAt).toBe(clock.at + 60_000);
    expect(reasonOf(handMade({ alg: 'HS256' }, { sub: 'alice', iat: now() - 61 }))).toBe('expired');
    expect(reasonOf(handMade({ alg: 'HS256' }, { sub: 'alice' }))).toBe('bad');
  });

  it.each([
    ['no signature', `${part({ alg: 'none' })}.${part({ sub: 'u', exp: 9e9 })}.`],
    ['another algorithm', handMade({ alg: 'HS512' }, { sub: 'u', exp: 9e9 }, secret, 'sha512')],
    ['another secret', handMade({ alg: 'HS256' }, { sub: 'u', exp: 9e9 }, 'guess')],
    ['no user', handMade({ alg: 'HS256' }, { exp: 9e9 })],
    ['a user id that cannot be one', handMade({ alg: 'HS256' }, { sub: 'c2c:a:b', exp: 9e9 })],
    ['an odd session', handMade({ alg: 'HS256' }, { sub: 'u', sid: { a: 1 }, exp: 9e9 })],
    ['a time that is none', handMade({ alg: 'HS256' }, { sub: 'u', exp: 'tomorrow' })],
    ['a beginning in the future', handMade({ alg: 'HS256' }, { sub: 'u', exp: 9e9, nbf: 8e9 })],
    ['nonsense', 'a.b.c'],
    ['nothing', ''],
    ['too much', 'x'.repeat(100_000)],
  ])('refuses a token with %s', (_, token) => {
    expect(reasonOf(token)).toBe('bad');
  });

  it('keeps refresh tokens and access tokens apart', () => {
    expect(reasonOf(tokens.issue('u1', 's1', 'refresh').token)).toBe('bad');
    expect(reasonOf(tokens.issue('u1', 's1', 'access').token, 'refresh')).toBe('bad');
    expect(reasonOf(tokens.issue('u1', 's1', 'refresh').token, 'refresh')).toBe('valid');
  });
});
