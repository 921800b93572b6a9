'use strict';
// Runs one of these scripts: from its source where that is, else, as in a container, as `npm run build` has left it.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const [name] = process.argv.splice(2, 1);
const source = join(__dirname, `${name}.ts`);
if (existsSync(source)) {
  require('ts-node/register/transpile-only');
  require('./aliases.cjs');
  require(source);
} else {
  process.setSourceMapsEnabled(true);
  require(join(__dirname, '../dist/apps/gateway/scripts', name));
}
