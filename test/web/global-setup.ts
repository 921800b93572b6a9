import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { installFonts } from '../../libs/testing/src/services/chromium';
import { startSharedServices } from '../../libs/testing/src/services/shared-services';

/** Jest's `globalSetup` of the tests in a browser: the pages as `npm run build` makes them, beside the shared services. */
export default async function setup(): Promise<void> {
  execFileSync('npm', ['run', '--silent', 'build:web'], { cwd: join(__dirname, '../..'), stdio: 'inherit' });
  await installFonts();
  await startSharedServices();
}
