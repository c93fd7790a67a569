// From the sources of agent, core and probe:
// - `agent/bundle/worker.cjs`: the agent's thread in one file. What begins is compiled at once, the rest is text until it is asked for: V8
//   needs ten times the memory of a text for its code, and the files of an app may be gone by then.
// - `agent/bundle/attach.js`: one expression, `(function (options, run) { … })`, that `nops attach` evaluates in a process which knows nothing of
//   modules at that place. Node's own come from process.getBuiltinModule; everything else is inside, also the worker, as a string.

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

const worker = await workerFile();

export default defineConfig({
  ...shared,
  input: { attach: here('src/attach.ts') },
  output: { ...output, dir: here('bundle'), cleanDir: true },
  plugins: [wrap(await attachFunction()), { name: 'worker', generateBundle: emitWorker }],
});

/** What stands around the code of the main thread, whose first lines load modules: not in the middle of Node's own code. */
async function attachFunction() {
  const constants = `const version = ${JSON.stringify(version)}, workerCode = ${JSON.stringify(worker)};`;
  const check = await bundleFile('src/main/own-code.ts');
  return (/** @type {string} */ code) => `(function attach(options, run) {
"use strict";
try {
const met = (exports => {
${check}
return exports;
})({}).interruptedNode(attach);
if (met === "loading" || (met === "passing" && !options.anyway)) {
  return { failure: "the main thread is in the middle of Node's own code", next: "Try again: it passes in a moment.", again: true };
}
if (typeof process !== "object" || typeof process.getBuiltinModule !== "function") {
  return { failure: "the process's \`process\` has no getBuiltinModule, by which the agent finds Node's modules", next: "It needs Node 20.16 or 22.3 at least, and an app that has not put its own in that place; nops eval and heap-snapshot work without an agent, nops stack too." };
}
${modules}
${constants}
return (() => {
${code}
return exports.attach(options, run);
})();
} catch (error) {
  return { failure: "the agent could not be loaded: " + (error && error.message), next: "What is read from beside works all the same, such as nops stack." };
}
})`;
}

/** The parts of the worker as texts, and a `require` that compiles each when it is first asked for. */
async function workerFile() {
  const [main, ...parts] = await bundleFiles('src/worker/main.ts', { ...output, codeSplitting: true });
  const texts = Object.fromEntries([main, ...parts].map(({ fileName, code }) => [`./${fileName}`, code]));
  return toAscii(`"use strict";
(() => {
const texts = ${JSON.stringify(texts)};
const loaded = new Map();
const { compileFunction } = process.getBuiltinModule("node:vm");
function require(id) {
  if (texts[id] === undefined) return process.getBuiltinModule(id);
  if (!loaded.has(id)) {
    loaded.set(id, {});
    compileFunction(texts[id], ["require", "exports", "__filename"], { filename: "nops-agent/" + id.slice(2) })(require, loaded.get(id), "/nops-agent");
    texts[id] = "";
  }
  return loaded.get(id);
}
require("./${main?.fileName}");
})();
`);
}

/** @param {string} input */
async function bundleFile(input) {
  const [file, ...others] = await bundleFiles(input, output);
  if (file === undefined || others.length > 0) throw new Error(`${input} is in several files, and must be in one`);
  return file.code;
}

/** The entry first. @param {string} input @param {import('rolldown').OutputOptions} options */
async function bundleFiles(input, options) {
  const bundle = await rolldown({ ...shared, input: here(input) });
  const { output: files } = await bundle.generate(options);
  await bundle.close();
  return files.filter(file => file.type === 'chunk');
}

/** @this {import('rolldown').PluginContext} */
function emitWorker() {
  this.emitFile({ type: 'asset', fileName: 'worker.cjs', source: worker });
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
