#!/usr/bin/env node
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { loadBundle } = require('./load-bundle');

const main = join(__dirname, '..', 'dist', 'reelsync.js');
if (existsSync(main)) {
  loadBundle(main, `${main}.cache`);
} else {
  process.stderr.write('reelsync is not built yet: run `npm run build` first.\n');
  process.exitCode = 1;
}
