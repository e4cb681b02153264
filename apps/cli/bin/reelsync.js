#!/usr/bin/env node
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const main = join(__dirname, '..', 'dist', 'reelsync.js');
if (existsSync(main)) {
  require(main);
} else {
  process.stderr.write('reelsync is not built yet: run `npm run build` first.\n');
  process.exitCode = 1;
}
