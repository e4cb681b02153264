'use strict';

const { createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { dirname } = require('node:path');
const { Script, constants } = require('node:vm');

/** A cache that is not of exactly this source would run other code: V8 compares no more than the length. */
const digestOf = (source) => createHash('sha256').update(source).digest();

/**
 * Runs the one file that the command was bundled to, with the code that V8 had compiled when it was built: half of what a
 * start costs (decision 0034). Without a cache of this file and this version of Node.js it is compiled as always. Returns
 * how to make the cache.
 */
function loadBundle(file, cacheFile) {
  const source = readFileSync(file);
  const digest = digestOf(source);
  const cache = existsSync(cacheFile) ? readFileSync(cacheFile) : Buffer.alloc(0);
  const isOfSource = digest.equals(cache.subarray(0, digest.length));
  const script = new Script(wrap(source.toString()), {
    filename: file,
    cachedData: isOfSource ? cache.subarray(digest.length) : undefined,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const bundle = { exports: {} };
  const run = script.runInThisContext();
  run.call(bundle.exports, bundle.exports, createRequire(file), bundle, file, dirname(file));
  return { createCache: () => Buffer.concat([digest, script.createCachedData()]) };
}

module.exports = { loadBundle };
