import { request } from 'node:http';
import { Site } from './site';

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Asks as a browser does, and unpacks nothing. */
function ask(url: string, encoding = 'br, gzip'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { 'accept-encoding': encoding } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    asked.on('error', reject).end();
  });
}

describe('the pages', () => {
  let site: Site;
  beforeAll(async () => void (site = await Site.start()), 60_000);
  afterAll(() => site.remove());

  /** The scripts and styles that a page names. */
  async function named(page: string): Promise<string[]> {
    const { body } = await ask(`${site.address()}${page}`, 'identity');
    return [...body.toString().matchAll(/(?:src|href)="(\/app\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  }

  it.each(['/app', '/app/', '/app/c/group%3Axyz', '/app/people/bob.smith', '/ui', '/ui/reference'])('answer at %s', async (path) => {
    const { status, headers, body } = await ask(`${site.address()}${path}`, 'identity');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body.toString()).toContain('<div id="root">');
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['cache-control']).toBe('no-cache');
  });

  it.each(['/app', '/ui'])('%s: have assets that are kept for good, and are packed for the way', async (page) => {
    const paths = await named(page);
    expect(paths.length).toBeGreaterThan(1);
    for (const path of paths) {
      const { status, headers } = await ask(`${site.address()}${path}`);
      expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
      if (Number(headers['content-length']) >= 1_024) expect(headers['content-encoding']).toBe('br');
    }
  });

  it.each([
    ['range', 'bytes=9999999-'],
    ['if-match', '"another"'],
  ])('refuse a %s that does not fit a file', async (name, value) => {
    const answer = await fetch(`${site.address()}/app/icon.svg`, { headers: { [name]: value } });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'BAD_REQUEST' }]);
  });

  it('load at most 150 kB of packed JavaScript before the app shows', async () => {
    const paths = (await named('/app')).filter((path) => path.endsWith('.js'));
    const sizes = await Promise.all(paths.map(async (path) => (await ask(`${site.address()}${path}`, 'gzip')).body.length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
  });

  it.each(['/app/assets/nothing.js', '/ui/assets/../index.html.br', '/app/nothing.txt'])(
    'answer 404 at %s, which nobody keeps',
    async (path) => {
      const { status, headers } = await ask(`${site.address()}${path}`);
      expect([status, headers['cache-control']]).toEqual([404, 'no-store']);
    },
  );
});
