#!/usr/bin/env node
// The committed entry of the `nops` command: npm links a bin only if it exists at install, before anything is built. CommonJS, as
// package.json beside it says: Node starts that sooner. It runs the bundle; in a checkout where only tsc ran since, what tsc compiled.
const { existsSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const bundle = join(__dirname, '../bundle/main.cjs');
const compiled = join(__dirname, '../dist/main.js');

if (!existsSync(compiled) || isFresh()) {
  if (existsSync(bundle)) require(bundle);
  else tellUnbuilt();
} else {
  import(pathToFileURL(compiled).href);
}

/** Nothing was compiled after the bundle was made. */
function isFresh() {
  const madeMs = timeOf(bundle);
  const folders = ['..', '../../core', '../../probe'];
  return folders.every(folder => timeOf(join(__dirname, folder, 'dist/.tsbuildinfo')) <= madeMs);
}

function timeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function tellUnbuilt() {
  console.error('nops: this checkout is not built yet. Run: npm run setup');
  process.exit(2);
}
