import { quoted } from './kinds';
import { type Layer, type Setting } from './layer';
import { suggestion } from './nearest';
import { configKeys, type ConfigKey, ENV_PREFIX } from './schema';

/** The layer of the environment. Names count exactly as written; a variable with an empty value counts as not set. */
export function environmentLayer(env: NodeJS.ProcessEnv): Layer {
  const given = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    if (value && !isServiceLink(name, value, env)) given.set(name, value);
  }
  const settings: Setting[] = [];
  const problems: string[] = [];
  for (const key of configKeys) {
    const names = key.env.filter((name) => given.has(name));
    const name = names[0];
    if (name === undefined) continue;
    const raw = given.get(name) ?? '';
    const other = names.find((candidate) => given.get(candidate) !== raw);
    if (other !== undefined) problems.push(contradiction(key, [name, raw], [other, given.get(other) ?? '']));
    settings.push({ key, raw, source: `environment ${name}`, where: `environment ${name}` });
  }
  return { settings, problems, warnings: unknownNames([...given.keys()]) };
}

function contradiction(key: ConfigKey, ...given: readonly (readonly [name: string, value: string])[]): string {
  const shown = given.map(([name, value]) => `${name} = ${quoted(value, key.kind.visibility)}`);
  return `config: ${key.path} is set twice in the environment, ${shown.join(' and ')}: expected one value`;
}

function unknownNames(given: readonly string[]): string[] {
  const known = configKeys.flatMap((key) => key.env);
  const exact = new Set(known);
  const anyCase = new Set(known.map((name) => name.toLowerCase()));
  return given
    .filter((name) => !exact.has(name) && (name.startsWith(ENV_PREFIX) || anyCase.has(name.toLowerCase())))
    .map((name) => `config: ${name} in the environment belongs to no key${suggestion(name, known)}`);
}

// Kubernetes tells every container about every service: one called `parley` arrives as PARLEY_PORT=tcp://10.96.0.7:80 and
// a dozen others, which nobody wrote for us.
function isServiceLink(name: string, value: string, env: NodeJS.ProcessEnv): boolean {
  if (!env.KUBERNETES_SERVICE_HOST || !name.startsWith(ENV_PREFIX)) return false;
  if (/_SERVICE_(HOST|PORT(_\w+)?)$/.test(name)) return true;
  return /_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/.test(name) && (/_\d+_/.test(name) || /^(tcp|udp|sctp):\/\//.test(value));
}
