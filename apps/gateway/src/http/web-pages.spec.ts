import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentSecurityPolicy, servedAt, webFolder } from './web-pages';

describe('what is served under a page', () => {
  it.each([
    ['', 'app/index.html'],
    ['c/group%3Ag1', 'app/index.html'],
    ['people/bob.smith/x', 'app/index.html'],
    ['assets/app-B3yqgu7r.js', 'app/assets/app-B3yqgu7r.js'],
    ['sw.js', 'app/sw.js'],
    ['manifest.webmanifest', 'app/manifest.webmanifest'],
  ])('%j is %s', (path, file) => {
    expect(servedAt('app', path).file).toBe(file);
  });

  it('is asked for again each time, but for assets, whose names tell their content', () => {
    expect(servedAt('app', 'assets/app-B3yqgu7r.js').cacheControl).toContain('immutable');
    for (const path of ['', 'c/x', 'sw.js', 'manifest.webmanifest']) expect(servedAt('app', path).cacheControl).toBe('no-cache');
  });

  it.each(['../package.json', '..%2f..%2fpackage.json', 'assets/../../x.js', '/etc/passwd', '.env', 'assets/.'])(
    'is nothing outside of the folder for %j',
    (path) => {
      expect(servedAt('ui', path).file).toBe('ui/index.html');
    },
  );
});

describe('the policy of the pages', () => {
  it('runs no script that is not a file of this server, and no text as one', () => {
    const rules = contentSecurityPolicy([]).split('; ');
    expect(rules).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"]));
    expect(rules.join()).not.toMatch(/unsafe/);
  });

  it('lets files be fetched from where they are stored', () => {
    expect(contentSecurityPolicy(['https://files.example.org'])).toContain("connect-src 'self' https://files.example.org;");
  });
});

describe('the folder of the pages', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'parley-pages-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  it('is found from a folder below its own, however deep', () => {
    mkdirSync(join(root, 'dist/web/app'), { recursive: true });
    writeFileSync(join(root, 'dist/web/app/index.html'), '');
    expect(webFolder(join(root, 'dist/apps/gateway/src/http'))).toBe(join(root, 'dist/web'));
  });

  it('is none where nothing was built', () => {
    expect(webFolder(join(root, 'dist/apps'))).toBeUndefined();
  });
});
