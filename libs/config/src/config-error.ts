/**
 * A configuration that must not be started with. `lines` holds one finished line per fault, `message` is the same lines joined;
 * secrets in them are masked, so they may be printed.
 */
export class ConfigError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
  }
}

/** The line for a value that does not fit: key, what was given (already masked and quoted), where it stands, what would fit. */
export function badValue(path: string, shown: string, where: string, expects: string): string {
  return `config: ${path} = ${shown} (from ${where}): expected ${expects}`;
}
