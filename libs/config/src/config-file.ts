import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { badValue } from './config-error';
import { type Raw } from './kinds';
import { type Layer, type Setting } from './layer';
import { suggestion } from './nearest';
import { configGroups, configKeys } from './schema';

/** What a missing `CONFIG_FILE` means: this file in the working directory, if it is there. */
const DEFAULT_FILE = 'config.yml';

/**
 * The layer of the file that `CONFIG_FILE` names, else of `config.yml` where there is one. A file that cannot be read, or is not
 * a YAML mapping, is a problem and never counts as empty; so is a key that stands twice, in whatever case or nesting.
 */
export function configFileLayer(env: NodeJS.ProcessEnv, cwd: string): Layer {
  const named = env.CONFIG_FILE;
  const file = named || DEFAULT_FILE;
  const path = resolve(cwd, file);
  if (!named && !existsSync(path)) return emptyLayer();
  try {
    const content = readFileSync(path);
    return isUtf8(content) ? configTextLayer(content.toString(), file) : emptyLayer(`config: ${file} cannot be read: expected UTF-8 text`);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    if (named) return emptyLayer(badValue('CONFIG_FILE', JSON.stringify(named), 'environment CONFIG_FILE', `a readable file (${reason})`));
    return emptyLayer(`config: ${file} cannot be read (${reason}): expected a readable file`);
  }
}

/** The layer of a YAML text; `file` is what sources and error lines call it. */
export function configTextLayer(text: string, file: string): Layer {
  const lines = new LineCounter();
  // Keys that stand twice are found below, where case and nesting are known.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const faults = [...document.errors, ...document.warnings].map((fault) => {
    const { line, col } = lines.linePos(fault.pos[0]);
    return `config: ${file} line ${line}, column ${col}: ${fault.message.split('\n', 1)[0]}`;
  });
  if (faults.length > 0) return emptyLayer(...faults);
  return new FileReader(document, lines, file).read();
}

function emptyLayer(...problems: readonly string[]): Layer {
  return { settings: [], problems, warnings: [] };
}

const keysByPath = new Map(configKeys.map((key) => [key.path.toLowerCase(), key]));
const groupPaths = new Set(configGroups.map((group) => group.toLowerCase()));
const knownPaths = [...configGroups, ...configKeys.map((key) => key.path)];

/** Walks the mapping of one file and its groups. */
class FileReader {
  private readonly settings: Setting[] = [];
  private readonly problems: string[] = [];
  private readonly warnings: string[] = [];
  private readonly seen = new Map<string, { path: string; line: number }>();

  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
    private readonly file: string,
  ) {}

  read(): Layer {
    const top = this.target(this.document.contents);
    if (isMap(top)) this.readMapping(top, '');
    else if (!isEmpty(top)) {
      this.problems.push(`config: ${this.placeOf(top)}: expected a mapping of keys at the top`);
    }
    return { settings: this.settings, problems: this.problems, warnings: this.warnings };
  }

  private readMapping(mapping: YAMLMap, prefix: string): void {
    for (const pair of mapping.items) {
      const keyNode = pair.key as Node;
      const path = prefix + (textOf(this.target(keyNode)) ?? String(keyNode));
      if (this.isRepeated(path, keyNode)) continue;
      this.readPair(path, keyNode, this.target(pair.value as Node | null));
    }
  }

  private readPair(path: string, keyNode: Node, value: Node | null): void {
    const key = keysByPath.get(path.toLowerCase());
    const where = `${this.file} line ${this.lineOf(keyNode)}`;
    if (key) {
      if (isEmpty(value)) return;
      const raw = this.rawOf(value);
      if (raw === undefined) this.problems.push(badValue(key.path, 'a nested value', where, key.kind.expects));
      else this.settings.push({ key, raw, source: this.file, where });
    } else if (groupPaths.has(path.toLowerCase())) {
      if (isMap(value)) this.readMapping(value, `${path}.`);
      else if (!isEmpty(value)) this.problems.push(badValue(path, JSON.stringify(value), where, 'a mapping of keys'));
    } else this.warnings.push(`config: ${path} in ${where} is no known key${suggestion(path, knownPaths)}`);
  }

  private isRepeated(path: string, keyNode: Node): boolean {
    const line = this.lineOf(keyNode);
    const first = this.seen.get(path.toLowerCase());
    if (!first) this.seen.set(path.toLowerCase(), { path, line });
    else {
      const place = this.placeOf(keyNode);
      this.problems.push(`config: ${place}: ${path} stands twice, first as ${first.path} in line ${first.line}: expected it once`);
    }
    return first !== undefined;
  }

  /** Undefined for a mapping, and for a sequence that holds more than single values. */
  private rawOf(value: Node | null): Raw | undefined {
    if (!isSeq(value)) return textOf(value);
    const items = value.items.map((item) => {
      const target = this.target(item as Node);
      return isEmpty(target) ? '' : textOf(target);
    });
    return items.every((item) => item !== undefined) ? items : undefined;
  }

  private target(node: Node | null): Node | null {
    if (!isAlias(node)) return node;
    const anchored = node.resolve(this.document);
    // Not by its name: it may be a password that begins with '*' and lacks its quotes.
    if (!anchored)
      this.problems.push(`config: ${this.placeOf(node)}: alias without an anchor above it; a text that begins with * needs quotes`);
    return anchored ?? null;
  }

  private lineOf(node: Node | null): number {
    return this.lines.linePos(node?.range?.[0] ?? 0).line;
  }

  private placeOf(node: Node | null): string {
    const { line, col } = this.lines.linePos(node?.range?.[0] ?? 0);
    return `${this.file} line ${line}, column ${col}`;
  }
}

/** The text as it was written: a number that YAML would round or convert (a long secret, 1e3, 0x10) must reach the key unchanged. */
function textOf(node: Node | null): string | undefined {
  if (!isScalar(node)) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? '');
}

function isEmpty(node: Node | null): boolean {
  return node === null || node === undefined || (isScalar(node) && (node.value === null || node.value === ''));
}
