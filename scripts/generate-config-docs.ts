import { configKeys, type ConfigKey } from '@app/config';
import { code, table, writeOrCheck } from './generated-page';

const intro = `<!-- Generated from libs/config/src/schema.ts by \`npm run docs:config\`; edit there. -->

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

/** Writes `docs/config.md` from the schema; with `--check` only fails if it differs. */
async function main(): Promise<void> {
  const content = intro + table(['Key', 'Default', 'Environment', 'What it is'], configKeys.map(row));
  await writeOrCheck('docs:config', [{ path: 'docs/config.md', content, parser: 'markdown' }]);
}

function row({ path, fallback, env, doc, kind }: ConfigKey): string[] {
  return [code(path), shown(fallback), env.map(code).join(', '), `${doc} Takes ${withCode(kind.expects)}.`];
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
