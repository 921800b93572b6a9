import { Credentials } from './credentials';

describe('the token of a client', () => {
  const asked: boolean[] = [];
  const source = ({ refresh }: { refresh: boolean }) => {
    asked.push(refresh);
    return `token ${asked.length}`;
  };
  beforeEach(() => asked.splice(0));

  it('that is fixed cannot be renewed', async () => {
    const credentials = new Credentials('fixed');
    expect(await credentials.token()).toBe('fixed');
    expect(credentials.renew(4501)).toBe(false);
  });

  it('is asked for before every connection', async () => {
    const credentials = new Credentials(source);
    expect([await credentials.token(), await credentials.token()]).toEqual(['token 1', 'token 2']);
    expect(asked).toEqual([false, false]);
  });

  it.each([4500, 4501])('is asked for afresh after %d, once', async (code) => {
    const credentials = new Credentials(source);
    await credentials.token();
    expect(credentials.renew(code)).toBe(true);
    await credentials.token();
    expect(credentials.renew(code)).toBe(false);
    credentials.accepted();
    await credentials.token();
    expect(asked).toEqual([false, true, false]);
    expect(credentials.renew(code)).toBe(true);
  });

  it.each([4502, 4503, 4504])('does not cure %d', (code) => {
    expect(new Credentials(source).renew(code)).toBe(false);
  });

  it('is asked for afresh once when attempts fail for no visible reason', async () => {
    const credentials = new Credentials(source);
    for (let i = 0; i < 5; i++) {
      await credentials.token();
      credentials.suspect();
    }
    expect(asked).toEqual([false, false, true, false, false]);
  });

  it('is still needed afresh when asking for it failed', async () => {
    let fails = true;
    const credentials = new Credentials(({ refresh }) => {
      asked.push(refresh);
      if (refresh && fails) throw new Error('offline');
      return 'token';
    });
    credentials.renew(4501);
    await expect(credentials.token()).rejects.toThrow('offline');
    fails = false;
    await credentials.token();
    await credentials.token();
    expect(asked).toEqual([true, true, false]);
  });
});
