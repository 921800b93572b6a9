import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(__dirname, '..');
const page = join(root, 'docs/architecture.md');
const text = readFileSync(page, 'utf8');

/** The files that a piece of the page links to, in order. */
const linked = (piece: string): string[] =>
  [...piece.matchAll(/\[[^\]]+\]\(([^)\s]+)\)/g)].map(([, target = '']) => join(dirname(page), target));

const isCode = (path: string | undefined): path is string => path !== undefined && /\.c?[jt]s$/.test(path) && existsSync(path);

/** What a pattern finds in a piece, each once. */
const namesIn = (piece: string, pattern: RegExp): string[] => [...new Set([...piece.matchAll(pattern)].map(([, name = '']) => name))];

const holdsWord = (path: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(readFileSync(path, 'utf8'));
const holdsFunction = (path: string, name: string): boolean => new RegExp(`\\b${name}(<[^(]*>)?( = )?\\(`).test(readFileSync(path, 'utf8'));

describe('the page on architecture', () => {
  it('links to files and folders that exist', () => {
    const targets = linked(text);
    expect(targets.filter((path) => !existsSync(path))).toEqual([]);
    expect(targets.length).toBeGreaterThan(50);
  });

  it('names, after each file, what stands in it', () => {
    const wrong: string[] = [];
    let checked = 0;
    let file: string | undefined;
    for (const line of text.split('\n')) {
      // A sentence may go on in the next line, a row may not.
      if (line === '' || line.startsWith('|')) file = undefined;
      for (const piece of line.split(/(?=\[[^\]]+\]\()/)) {
        file = linked(piece)[0] ?? file;
        if (!isCode(file)) continue;
        const path = file;
        const functions = namesIn(piece, /`(\w+)\(\)`/g);
        const [others = ''] = /^\[[^\]]+\]\([^)]+\)[\s|:]*(`\w+`(, )?)+/.exec(piece) ?? [];
        const words = namesIn(others, /`(\w+)`/g);
        const missing = [...functions.filter((name) => !holdsFunction(path, name)), ...words.filter((name) => !holdsWord(path, name))];
        wrong.push(...missing.map((name) => `${name} is not in ${relative(root, path)}`));
        checked += functions.length + words.length;
      }
    }
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(60);
  });

  it('names, in its diagram too, only methods that a class of the linked files has', () => {
    const files = linked(text).filter(isCode);
    const methods = namesIn(text, /\b([A-Z]\w+\.\w+)\(\)/g);
    const found = (method: string) => {
      const [owner = '', name = ''] = method.split('.');
      return files.some((path) => holdsWord(path, `class ${owner}`) && holdsFunction(path, name));
    };
    expect(methods.filter((method) => !found(method))).toEqual([]);
    expect(methods.length).toBeGreaterThan(12);
  });
});
