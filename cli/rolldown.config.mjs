// `cli/bundle/` from the sources of cli, core and probe: the command and the library as CommonJS, in parts that are loaded only by the commands that use
// them. Node loads one such part for ten modules, and without its slower loader of ES modules; `bench/list` has what that saves.
//
// Packages of others stay outside: they are installed with `nops`, under their own licences. But for Valibot, of which a tenth is used: loading all
// of it takes 14 ms, that tenth 1 ms. Its licence stands where its code does.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

/** @param {string} path */
const here = path => fileURLToPath(new URL(path, import.meta.url));

const valibotLicense = readFileSync(here('../node_modules/valibot/LICENSE.md'), 'utf8').trim();

export default defineConfig({
  input: {
    main: here('src/main.ts'),
    library: here('src/library/index.ts'),
    preload: here('src/run-child/preload.ts'),
  },
  platform: 'node',
  // test/cli/package.test.ts has it that each one is declared.
  external: id => !/^(?:[./]|@nops\/|valibot$)/.test(id),
  resolve: {
    alias: { '@nops/core': here('../core/src'), '@nops/probe': here('../probe/src') },
    extensionAlias: { '.js': ['.ts'] },
  },
  output: {
    dir: here('bundle'),
    cleanDir: true,
    format: 'cjs',
    sourcemap: true,
    // No hashes: the names stand in stack traces.
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    banner: ({ moduleIds }) =>
      moduleIds.some(id => id.includes('/node_modules/valibot/')) ? `/*! valibot\n${valibotLicense}\n*/` : '',
  },
});
