import { resolve } from 'node:path';
import { configFileLayer } from './config-file';
import { ConfigError } from './config-error';
import { brokenRules, doubtfulTogether, MISSING_SECRET, weakSecrets } from './cross-checks';
import { environmentLayer } from './environment';
import { keptSecret } from './kept-secret';
import { settle } from './layer';
import { type Config, nestedConfig } from './schema';

/** A configuration that may be started with. */
export interface LoadedConfig {
  readonly config: Config;
  /** Where each key's value came from, by path: `default`, the path of the file, `environment PORT`, or `generated`. */
  readonly sources: ReadonlyMap<string, string>;
  /** Finished lines about names that belong to no key and the like; the process logs them when it starts. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration: defaults, over them the file (`CONFIG_FILE`, else `config.yml` in `cwd` where there is one), over it the
 * environment. Throws {@link ConfigError} with a line per fault. Without a `jwtSecret` outside production it makes or reads the one
 * kept in the data folder; with a fault it writes nothing. A process that signs no tokens is not asked for a secret.
 */
export function loadConfig(input: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string; readonly signs?: boolean }): LoadedConfig {
  const { env, cwd = process.cwd(), signs = true } = input;
  const file = configFileLayer(env, cwd);
  // What a broken file meant to say is unknown, so later checks would only mislead.
  if (file.problems.length > 0) throw new ConfigError(file.problems);

  const environment = environmentLayer(env);
  const settings = [...file.settings, ...environment.settings];
  const settled = settle(settings);
  const secretMissing = signs && !settings.some(({ key }) => key.path === 'jwtSecret');
  const weak = signs ? weakSecrets(settled) : [];
  const unfitForProduction = secretMissing ? [MISSING_SECRET, ...weak] : weak;
  const problems = [
    ...environment.problems,
    // A rule between keys says nothing while one of them still has its default in place of a refused value.
    ...(settled.problems.length > 0 ? settled.problems : brokenRules(settled)),
    ...(env.NODE_ENV === 'production' ? unfitForProduction : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);

  const { values, sources } = settled;
  if (secretMissing) {
    values.set('jwtSecret', keptSecret(resolve(cwd, values.get('dataDir') as string)));
    sources.set('jwtSecret', 'generated');
  }
  const config = nestedConfig(values);
  const doubts = doubtfulTogether(config, { secretGenerated: secretMissing, keepsFiles: signs });
  return { config, sources, warnings: [...file.warnings, ...environment.warnings, ...weak, ...doubts] };
}
