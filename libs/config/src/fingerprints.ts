import { createHmac, hkdfSync } from 'node:crypto';
import { type Config, type ConfigPath, configKeys, valueAt } from './schema';
import { sharing } from './sharing';

/** What stands for the value of each key that must be equal on every instance: equal for equal values, and nothing can be read from it. */
export type Fingerprints = Readonly<Record<string, string>>;

/** Who works by a configuration. */
export type Worker = 'gateway' | 'consumer';

/** The keys that a process of this kind must have in common with the gateways, in the order of the schema. */
export function sharedKeys(worker: Worker): readonly ConfigPath[] {
  const scopes = worker === 'gateway' ? ['everywhere', 'gateways'] : ['everywhere'];
  return configKeys.map(({ path }) => path).filter((path) => scopes.includes(sharing[path].scope));
}

/**
 * Fingerprints of what this process must have in common with the gateways. They are keyed by `jwtSecret`, or a short value could be found
 * by trying all: so that processes with another secret can be told apart from this one, and nothing else of them be compared. Who hears a
 * fingerprint can try a guess of `jwtSecret`, as whoever has a token can.
 */
export function fingerprintsOf(config: Config, worker: Worker): Fingerprints {
  const key = Buffer.from(hkdfSync('sha256', config.jwtSecret, '', 'parley: fingerprints of settings', 32));
  const print = (path: ConfigPath): string =>
    createHmac('sha256', key)
      .update(`${path}\n${JSON.stringify(ordered(valueAt(config, path)))}`)
      .digest('base64url')
      .slice(0, printLength);
  return Object.fromEntries(sharedKeys(worker).map((path) => [path, print(path)]));
}

/**
 * The keys in which another process differs, as far as both tell of them: `jwtSecret` alone where that differs. `theirs` may be anything
 * that came from outside; what is no fingerprint in it says nothing.
 */
export function differingKeys(ours: Fingerprints, theirs: object): readonly string[] {
  const differs = (path: string): boolean => {
    const theirPrint: unknown = Object.hasOwn(theirs, path) ? (theirs as Record<string, unknown>)[path] : undefined;
    return typeof theirPrint === 'string' && printForm.test(theirPrint) && theirPrint !== ours[path];
  };
  return differs('jwtSecret') ? ['jwtSecret'] : Object.keys(ours).filter(differs);
}

/** 96 bits: none is alike by chance. */
const printLength = 16;
const printForm = /^[\w-]{16}$/;

/** The order of a list means nothing. */
const ordered = (value: unknown): unknown => (Array.isArray(value) ? [...new Set(value as string[])].sort() : value);
