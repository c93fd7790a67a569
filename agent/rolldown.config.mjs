// `agent/bundle/attach.js` from the sources of agent, core and probe: one expression, `(function (options) { … })`, that `nops attach`
// evaluates in a process which knows nothing of modules at that place. Node's own come from process.getBuiltinModule; everything else is
// inside, also the code of the worker, as a string.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, rolldown } from 'rolldown';

/** @param {string} path */
const here = path => fileURLToPath(new URL(path, import.meta.url));

const { version } = JSON.parse(readFileSync(here('package.json'), 'utf8'));

/** @type {import('rolldown').InputOptions} */
const shared = {
  platform: 'node',
  external: /^node:/,
  resolve: {
    alias: { '@nops/core': here('../core/src'), '@nops/probe': here('../probe/src') },
    extensionAlias: { '.js': ['.ts'] },
  },
};

/** Small, since the app's thread stands still while the inspector takes it in. @type {import('rolldown').OutputOptions} */
const output = { format: 'cjs', codeSplitting: false, minify: true };

/** Where CommonJS expects its names. `__filename` is what paths beside the code are made from: there is nothing. */
const modules = `const require = id => process.getBuiltinModule(id);
const module = { exports: {} }, exports = module.exports, __filename = "/nops-agent";`;

export default defineConfig({
  ...shared,
  input: { attach: here('src/attach.ts') },
  output: { ...output, dir: here('bundle'), cleanDir: true },
  plugins: [wrap(await attachFunction())],
});

/** What stands around the code of the main thread, whose first lines load modules: not in the middle of Node's own code. */
async function attachFunction() {
  const worker = `(() => {\n"use strict";\n${modules}\n${await bundleFile('src/worker/main.ts')}})();`;
  const constants = `const version = ${JSON.stringify(version)}, workerCode = ${JSON.stringify(worker)};`;
  const check = await bundleFile('src/main/own-code.ts');
  return (/** @type {string} */ code) => `(function attach(options) {
"use strict";
try {
const met = (exports => {
${check}
return exports;
})({}).interruptedNode(attach);
if (met === "loading" || (met === "passing" && !options.anyway)) {
  return { failure: "the main thread is in the middle of Node's own code", next: "Try again: it passes in a moment.", again: true };
}
${modules}
${constants}
return (() => {
${code}
return exports.attach(options);
})();
} catch (error) {
  return { failure: "the agent could not be loaded: " + (error && error.message), next: "It needs Node 20.16 or 22.3 at least." };
}
})`;
}

/** @param {string} input */
async function bundleFile(input) {
  const bundle = await rolldown({ ...shared, input: here(input) });
  const { output: files } = await bundle.generate(output);
  await bundle.close();
  const [file, ...others] = files;
  if (others.length > 0) throw new Error(`${input} is in ${files.length} files, and must be in one`);
  return file.code;
}

/** Puts something around the code when it is done: what is not called yet would be taken for dead. @param {(code: string) => string} around */
function wrap(around) {
  return {
    name: 'wrap',
    /** @param {unknown} _options @param {import('rolldown').OutputBundle} bundle */
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = toAscii(around(file.code));
    },
  };
}

/** V8 takes in a text of bytes sooner than one of 16-bit units. Other characters stand in strings only. @param {string} code */
function toAscii(code) {
  return code.replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
