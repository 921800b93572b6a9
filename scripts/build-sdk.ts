import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'rolldown';
import { sdkTypes } from './sdk-types';

const root = join(__dirname, '..');

/**
 * Builds the package of the SDK into `dist/sdk`, or into the folder that is named: one ES module for browsers and Node.js without
 * dependencies, one file of types that needs nothing of this repository, and what goes with them.
 */
async function main(): Promise<void> {
  const folder = resolve(process.argv[2] ?? join(root, 'dist/sdk'));
  const source = join(root, 'libs/sdk');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    input: join(source, 'src/index.ts'),
    platform: 'browser',
    // Whatever is not ours must not get in; a bundle that would need something fails here.
    external: () => false,
    transform: { target: 'es2022' },
    output: { file: join(folder, 'index.mjs'), format: 'esm', comments: { legal: false, annotation: true, jsdoc: false } },
    logLevel: 'warn',
  });
  writeFileSync(join(folder, 'index.d.mts'), await sdkTypes());
  for (const file of ['package.json', 'README.md']) cpSync(join(source, file), join(folder, file));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}

void main();
