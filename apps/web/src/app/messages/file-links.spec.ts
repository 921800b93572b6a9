import { FileLinks } from './file-links';

describe('links of files', () => {
  it('are asked for together when they are wanted together, each file once', async () => {
    const asked: string[][] = [];
    const links = new FileLinks(
      async (ids) => {
        asked.push([...ids]);
        return new Map(ids.map((id) => [id, { url: `/files/${id}`, expiresAt: 1_000_000 }]));
      },
      () => 0,
    );
    expect(await Promise.all([links.link('a'), links.link('b'), links.link('a')])).toEqual(['/files/a', '/files/b', '/files/a']);
    expect(asked).toEqual([['a', 'b']]);
  });

  it('are kept until a minute before they end', async () => {
    let now = 0;
    let times = 0;
    const links = new FileLinks(
      async () => new Map([['a', { url: `/${++times}`, expiresAt: now + 100_000 }]]),
      () => now,
    );
    expect(await links.link('a')).toBe('/1');
    now = 39_999;
    expect(await links.link('a')).toBe('/1');
    now = 40_000;
    expect(await links.link('a')).toBe('/2');
  });

  it('are none of files that may not be read, and while there is no answer', async () => {
    const none = new FileLinks(async () => new Map());
    expect(await none.link('a')).toBeUndefined();
    const away = new FileLinks(() => Promise.reject(new Error('away')));
    expect(await away.link('a')).toBeUndefined();
  });
});
