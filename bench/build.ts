import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..');

/** Builds a program of this repository as `npm run build` does, since that is what people run; answers its entry file. */
export function build(app: 'gateway' | 'group-consumer'): string {
  const nest = require.resolve('@nestjs/cli/bin/nest.js', { paths: [root] });
  const { status, stdout, stderr } = spawnSync(process.execPath, [nest, 'build', app], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the ${app} could not be built\n${stdout}${stderr}`);
  return join(root, `dist/apps/${app}/apps/${app}/src/main.js`);
}
