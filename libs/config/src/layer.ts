import { badValue } from './config-error';
import { quoted, type Raw } from './kinds';
import { configKeys, type ConfigKey } from './schema';

/** One value given for a key. `source` names the layer (`config.yml`, `environment PORT`), `where` the exact place, for error lines. */
export interface Setting {
  readonly key: ConfigKey;
  readonly raw: Raw;
  readonly source: string;
  readonly where: string;
}

/** What one source says: its settings, lines that stop the start, and reports that do not. */
export interface Layer {
  readonly settings: readonly Setting[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** The value of every key with the place it came from, by path, and a line for each setting that does not fit. */
export interface Settled {
  readonly values: Map<string, unknown>;
  readonly sources: Map<string, string>;
  readonly places: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

/** Reads all settings over the defaults, later ones winning. One that is overruled must be right all the same. */
export function settle(settings: readonly Setting[]): Settled {
  const values = new Map(configKeys.map((key) => [key.path, key.fallback]));
  const sources = new Map(configKeys.map((key) => [key.path, 'default']));
  const places = new Map(sources);
  const problems: string[] = [];
  for (const { key, raw, source, where } of settings) {
    const reading = key.kind.read(raw);
    if ('refused' in reading) {
      problems.push(badValue(key.path, quoted(reading.refused, key.kind.visibility), where, key.kind.expects));
      continue;
    }
    values.set(key.path, reading.value);
    sources.set(key.path, source);
    places.set(key.path, where);
  }
  return { values, sources, places, problems };
}
