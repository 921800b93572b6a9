import { defaultConfig } from '@app/config';
import { Signatures } from './signatures';

const [first, second] = ['a first secret of at least 32 characters', 'a second secret of at least 32 characters'];
const signing = (jwtSecret: string, ...jwtPreviousSecrets: string[]) => new Signatures(defaultConfig({ jwtSecret, jwtPreviousSecrets }));

describe('the signature of a URL', () => {
  it('fits what it was made for, at every gateway with the secret, and nothing else', () => {
    const claim = ['get', 'file', 'ada', 7] as const;
    const signature = signing(first).of(claim);
    expect(signature).toMatch(/^[0-9a-f]{64}$/);
    expect(signing(first).fits(claim, signature)).toBe(true);
    expect(signing(first).fits(['get', 'file', 'bob', 7], signature)).toBe(false);
    expect(signing(first).fits(['get', 'file', 'ada', 8], signature)).toBe(false);
    expect(signing(first).fits(['put', 'file', 7], signature)).toBe(false);
    expect(signing(second).fits(claim, signature)).toBe(false);
    for (const other of ['', 'zz', signature.slice(2), `${signature}00`]) expect(signing(first).fits(claim, other)).toBe(false);
  });

  it('of a former secret still fits, and none is made with it', () => {
    const claim = ['put', 'file', 7] as const;
    const renewed = signing(second, first);
    expect(renewed.fits(claim, signing(first).of(claim))).toBe(true);
    expect(renewed.of(claim)).toBe(signing(second).of(claim));
  });
});
