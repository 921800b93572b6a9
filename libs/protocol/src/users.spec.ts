import fc from 'fast-check';
import { loginSchema, registerSchema, updateUserSchema, usernameSchema } from './users';

describe('a user name', () => {
  it('is folded to lower case', () => {
    expect(usernameSchema.parse('Alice.B_1-x')).toBe('alice.b_1-x');
  });

  it('is the same after a second fold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (text) => {
        const { data } = usernameSchema.safeParse(text);
        if (data !== undefined) expect(usernameSchema.parse(data)).toBe(data);
      }),
    );
  });

  // The Kelvin sign and the dotted capital I become ASCII, wholly or in part, when they are made lower case.
  it.each(['al', 'a'.repeat(33), 'al ice', 'alicé', '\u212Aate', 'al\u0130ce', 'alice\n', ''])('is never %j', (name) => {
    expect(usernameSchema.safeParse(name).success).toBe(false);
  });
});

describe('an account', () => {
  it('needs a password of 8 to 128 characters', () => {
    const fits = (password: string) => registerSchema.safeParse({ username: 'alice', password }).success;
    expect(['a'.repeat(7), 'a'.repeat(8), 'a'.repeat(128), 'a'.repeat(129), 'secret\0secret'].map(fits)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([{ username: 'a\0' }, { password: 'p\0' }, { username: '\ud800' }, { password: '\ud800' }])('is not entered with %j', (over) => {
    expect(loginSchema.safeParse({ username: 'alice', password: 'password', ...over }).success).toBe(false);
  });

  it('has a picture on the web, or none', () => {
    const fits = (avatarUrl: unknown) => updateUserSchema.safeParse({ avatarUrl }).success;
    expect(['https://a.example/b.png', 'http://a.example', null].map(fits)).toEqual([true, true, true]);
    expect(['javascript:alert(1)', 'data:image/png,x', 'b.png', '', 'http://a/\ud800', 'http://a/b\0'].map(fits)).toEqual(
      Array(6).fill(false),
    );
  });
});
