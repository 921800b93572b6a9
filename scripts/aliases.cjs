'use strict';
// Lets scripts run from source: the compiler resolves `@app/<lib>` by tsconfig paths, Node needs to be told.
const Module = require('node:module');
const { join } = require('node:path');

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  const lib = /^@app\/([^/]+)$/.exec(request)?.[1];
  return resolveFilename.call(this, lib ? join(__dirname, '../libs', lib, 'src/index.ts') : request, ...rest);
};
