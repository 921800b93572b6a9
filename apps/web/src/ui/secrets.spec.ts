import { emptied, mask, masked, maskedText } from './secrets';

describe('secrets', () => {
  it('are masked by the names of their fields, at any depth', () => {
    expect(masked({ username: 'alice', password: 'hunter22', list: [{ token: 'abc', n: 1 }] })).toEqual({
      username: 'alice',
      password: mask,
      list: [{ token: mask, n: 1 }],
    });
  });

  it('are masked by how they look, wherever they stand', () => {
    expect(masked({ note: 'mine is eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln, keep it' })).toEqual({ note: `mine is ${mask}, keep it` });
    expect(maskedText('/files/f1?token=abc&thumb=1')).toBe(`/files/f1?token=${mask}&thumb=1`);
  });

  it('are not sent as what stands in their place', () => {
    expect(emptied(masked({ body: { username: 'alice', password: 'hunter22' } }))).toEqual({ body: { username: 'alice', password: '' } });
  });

  it('leave everything else as it is', () => {
    const value = { token: null, password: '', text: 'a token is no secret word', next: 'eyJ', n: [1, true, null] };
    expect(masked(value)).toEqual(value);
  });
});
