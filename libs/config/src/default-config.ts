import { ConfigError } from './config-error';
import { brokenRules } from './cross-checks';
import { type Raw } from './kinds';
import { settle, type Setting } from './layer';
import { type Config, configKeys, nestedConfig } from './schema';
import { TEST_SECRET } from './secret-strength';

/** A value with any of its fields left out, at every depth; lists are given whole. */
export type DeepPartial<T> = T extends readonly unknown[] | string | number | boolean ? T : { readonly [K in keyof T]?: DeepPartial<T[K]> };

/**
 * The defaults with some values replaced, for tests and for embedding: no file, no environment, nothing written. The values must keep
 * the same rules as in a file (else {@link ConfigError}). Without a `jwtSecret` it has a fixed, published one.
 */
export function defaultConfig(overrides: DeepPartial<Config> = {}): Config {
  const settled = settle([...settingsOf(overrides, '')]);
  if (settled.values.get('jwtSecret') === '') settled.values.set('jwtSecret', TEST_SECRET);
  const problems = settled.problems.length > 0 ? settled.problems : brokenRules(settled);
  if (problems.length > 0) throw new ConfigError(problems);
  return nestedConfig(settled.values);
}

function* settingsOf(group: object, prefix: string): Iterable<Setting> {
  for (const [name, value] of Object.entries(group) as [string, unknown][]) {
    const path = prefix + name;
    const key = configKeys.find((candidate) => candidate.path === path);
    if (value === undefined || value === null || value === '') continue;
    if (key) yield { key, raw: rawOf(value), source: 'override', where: 'override' };
    else if (typeof value === 'object') yield* settingsOf(value, `${path}.`);
    else throw new ConfigError([`config: ${path} in an override is no known key`]);
  }
}

function rawOf(value: unknown): Raw {
  return Array.isArray(value) ? value.map(String) : String(value);
}
