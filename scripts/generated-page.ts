import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';

const root = join(__dirname, '..');

/** A file of the repository that follows from the code. */
export interface GeneratedPage {
  /** Its path from the root of the repository. */
  readonly path: string;
  readonly content: string;
  readonly parser: 'markdown' | 'json';
}

/** Writes pages, formatted; with `--check` on the command line only fails if one differs. `command` is the npm script that writes them. */
export async function writeOrCheck(command: string, pages: readonly GeneratedPage[]): Promise<void> {
  for (const { path, content, parser } of pages) {
    const file = join(root, path);
    const formatted = await format(content, { ...(await resolveConfig(file)), parser });
    if (!process.argv.includes('--check')) writeFileSync(file, formatted);
    else if (contentOf(file) !== formatted) {
      console.error(`${relative(root, file)} differs from the code: run \`npm run ${command}\``);
      process.exitCode = 1;
    }
  }
}

/** A Markdown table with the given columns. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A text as Markdown code. */
export function code(text: string): string {
  return `\`${text}\``;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
