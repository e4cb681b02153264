'use strict';

const { rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { loadBundle } = require('../bin/load-bundle');

// Part of the build. `--version` loads everything and does nothing; what has been compiled by its end is worth keeping.
const main = join(__dirname, '..', 'dist', 'reelsync.js');
const cacheFile = `${main}.cache`;
rmSync(cacheFile, { force: true });
process.argv = [process.execPath, main, '--version'];
process.stdout.write = () => true;
const { createCache } = loadBundle(main, cacheFile);
process.once('exit', () => writeFileSync(cacheFile, createCache()));
