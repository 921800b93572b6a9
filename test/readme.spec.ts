import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, buildPatienceMs } from './built';
import { GatewayProcess } from './process';

const root = join(__dirname, '..');

/** The first block of a language in a Markdown file. */
function firstBlock(file: string, language: string): string {
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(readFileSync(file, 'utf8'))?.[1];
  if (block === undefined) throw new Error(`${file} has no block of ${language}`);
  return block;
}

beforeAll(build, buildPatienceMs);

it.each([
  ['README', 'README.md', 'README.zh-CN.md'],
  ["operator's guide", 'docs/deploy.md', 'docs/deploy.zh-CN.md'],
])('the Chinese %s has the same commands, code, tables and links as the English one', (_, english, chinese) => {
  const parts = (file: string): unknown => {
    const text = readFileSync(join(root, file), 'utf8');
    const found = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([whole]) => whole);
    return {
      blocks: found(/^```\w*\n.*?^```/gms),
      headings: found(/^#+ /gm),
      rows: found(/^\|/gm).length,
      links: found(/\]\((?!README|deploy|#)[^)]+\)/g),
      names: [...new Set(found(/`[^`\n]+`/g))].sort(),
    };
  };
  expect(parts(chinese)).toEqual(parts(english));
});

describe('the client of the README', () => {
  it('runs as it is printed, and both users hear what was said', async () => {
    const client = firstBlock(join(root, 'README.md'), 'js');
    const said = /text: '([^']+)'/.exec(client)?.[1] ?? '';
    mkdirSync(join(root, 'dist'), { recursive: true });
    // Inside the repository, where the example finds its one package.
    const folder = mkdtempSync(join(root, 'dist/readme-'));
    const script = join(folder, 'client.mjs');
    writeFileSync(script, client);
    const gateway = await GatewayProcess.start({ env: { WSSendQPS: '20', WSSendBurst: '40' } });
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, gateway.http], { cwd: root, timeout: 20_000 });

      expect(stderr).toBe('');
      expect(said).not.toBe('');
      const hearers = new Set(stdout.split('\n').flatMap((line) => (line.includes(said) ? [line.split(' ', 1)[0]] : [])));
      expect(stdout.split(said).length - 1).toBeGreaterThanOrEqual(2);
      expect(hearers.size).toBe(2);
    } finally {
      await gateway.remove();
      rmSync(folder, { recursive: true });
    }
  });
});
