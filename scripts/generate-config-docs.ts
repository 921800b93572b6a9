import { configKeys, type ConfigKey, sharing } from '@app/config';
import { code, table, writeOrCheck } from './generated-page';

const intro = `<!-- Generated from libs/config/src/schema.ts and sharing.ts by \`npm run docs:config\`; edit there. -->

# Configuration

Parley runs without any configuration. What you do set comes from three layers, each over the one before:

1. the defaults below,
2. the file that \`CONFIG_FILE\` names, else \`config.yml\` in the working directory if it is there,
3. the environment.

In the file, names count in any case, and a dot means nesting: \`auth: { registration: false }\` and \`auth.registration: false\` are
the same. Lists are YAML sequences, or texts with commas between the items. In the environment every key has each of the names listed
with it, exactly as written; two of them with different values are an error. An empty value counts as not set, in both.

\`\`\`yaml
# config.yml
port: 8080
dataDir: /var/lib/parley
wsSendQPS: 20
auth:
  registration: false
\`\`\`

A value that does not fit stops the start, with a line that names the key, the value, where it stands and what would fit. Names that
belong to no key (in the file, or in the environment with the prefix \`PARLEY_\`) are reported when the process starts. With
\`NODE_ENV=production\` the signing secrets must be your own, with at least 32 characters: \`openssl rand -base64 32\` makes one.

\`npm run config\` prints the values in force, where each came from, and no secrets.

## Keys

`;

const together = `
## What must be equal on every instance

Where several gateways are one installation, what a user may do and see must not depend on the one that they reach. The keys below must
have the same value on all of them; those with a star also at the group consumers. The other keys may differ, such as \`maxConnections\`
on machines of different size.

Gateways compare these keys over Redis, by fingerprints from which no value can be read: when they start, when they stop, and every half
minute. Where one differs, each of them

- answers \`/readyz\` as before, with status 200, and names the keys there:
  \`"settings": {"status": "mismatch", "keys": ["jwtSecret"], "instances": 1}\`, in place of \`{"status": "equal"}\`. \`instances\` is how
  many others differ from this one: the one that is set wrongly has the highest number.
- shows \`parley_settings_mismatch{key="jwtSecret"} 1\` in its metrics,
- writes a line into its log when the keys change, with their names and never with a value.

It ends by itself when the settings are equal, and 90 seconds after an instance died. During a rolling update that changes a setting it is as
it should be. Fingerprints are keyed by \`jwtSecret\`, so where that differs it is the only one that is named; correct it first. A group consumer
takes part where it is given \`JWT_SECRET\`. Gateways on another Redis, another database or with another \`redisPrefix\` do not hear each other, and
cannot be compared.

`;

/** Writes `docs/config.md` from the schema; with `--check` only fails if it differs. */
async function main(): Promise<void> {
  const keys = table(['Key', 'Default', 'Environment', 'What it is'], configKeys.map(row));
  const shared = configKeys.filter(({ path }) => sharing[path].scope !== 'own');
  const reasons = table(['Key', 'Otherwise'], shared.map(reasonRow));
  const content = [intro, keys, '\n', together, reasons].join('');
  await writeOrCheck('docs:config', [{ path: 'docs/config.md', content, parser: 'markdown' }]);
}

function row({ path, fallback, env, doc, kind }: ConfigKey): string[] {
  const mark = sharing[path].scope === 'own' ? '' : ' Must be equal on every instance.';
  return [code(path), shown(fallback), env.map(code).join(', '), `${doc} Takes ${withCode(kind.expects)}.${mark}`];
}

function reasonRow({ path }: ConfigKey): string[] {
  const { scope, why } = sharing[path];
  return [`${code(path)}${scope === 'everywhere' ? ' \\*' : ''}`, why];
}

function shown(fallback: unknown): string {
  if (Array.isArray(fallback)) return fallback.length === 0 ? 'none' : code(fallback.join(', '));
  return fallback === '' ? 'empty' : code(String(fallback));
}

/** URLs and placeholders such as <path> would be links and HTML tags in Markdown. */
function withCode(expects: string): string {
  return expects.replace(/[^\s,()]*(?::\/\/|<)[^\s,()]*/g, code);
}

void main();
