/** Programs that wait in many ways, and tell what V8 itself says of it. */

/**
 * Async stacks of many shapes. Each innermost function has its number as first argument. When all of them wait, they are let go on once:
 * each keeps `new Error().stack`, which is V8's own account of who awaits it, and waits again, forever, with the same functions above it.
 * Prints `ready <file>`, with a JSON file of the stacks by number, and then does what `NOPS_BLOCK` says. With `NOPS_WORKERS`, so many
 * worker threads do the same beside it: each has a name, `worker1` and so on, prints `worker1-ready <file>` and has numbers of its own,
 * from 10,000 on; every second one then sleeps for good.
 */
export const shapes = String.raw`
'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
const path = require('node:path');
const { EventEmitter, once } = require('node:events');
const { Worker, isMainThread } = require('node:worker_threads');
Error.stackTraceLimit = 500;
const stacks = {};
const gates = [];
const gate = () => new Promise(resolve => gates.push(resolve));
const kept = [];
const forever = () => new Promise(resolve => kept.push(resolve));
const tell = id => { stacks[id] = new Error('here').stack; };

async function leafPlain(id) { const x = 1 + (await gate()); tell(id); return x + (await forever()); }
const leafArrow = async id => { for (let i = 0; i < 3; i++) { if (i === 1) { await gate(); tell(id); await forever(); } else await null; } };
class K {
  #p = 1;
  async leafMethod(id) { try { await   gate(); } catch (e) { await gate(); } finally { tell(id); await forever(); } return this.#p; }
  async leafSwitch(id) { switch (id % 2) { case 0: await gate(); break; default: { await gate(); } } tell(id); await forever(); }
  async *generatorLeaf(id) { yield 1; await gate(); tell(id); await forever(); yield 2; }
  async *generatorOver(id, leaf) { yield 1; yield await leaf(id); }
  static async wrap(id, leaf) { return await leaf(id); }
  async method(id, leaf) { const r = []; r.push(await leaf(id)); return r; }
  async ['computed' + 1](id, leaf) { return await leaf(id); }
}
const k = new K();
const leaves = [leafPlain, leafArrow, id => k.leafMethod(id), id => k.leafSwitch(id)];

async function nest(id, n, leaf) { if (n === 0) { const r = await leaf(id); return r; } else { const q = await nest(id, n - 1, leaf); return q; } }
const arrow = async (id, leaf) => { switch (id % 3) { case 0: await leaf(id); break; case 1: { const z = await leaf(id); return z; } default: return (await leaf(id)) ?? 3; } };
async function all(id, leaf) { const [a] = await Promise.all([leaf(id), new Promise(() => {})]); return a; }
async function allSettled(id, leaf) { const [a] = await Promise.allSettled([leaf(id), forever()]); return a; }
async function any(id, leaf) { return await Promise.any([forever(), leaf(id)]); }
async function ternary(id, leaf) { const y = id % 2 ? await leaf(id) : (await Promise.resolve(1), await leaf(id)); return y; }
async function destructured({ id, leaf }, [z] = [1]) { const { a = await leaf(id) } = {}; return a; }
async function template(id, leaf, v) { return 'x' + (await leaf(id)) + v; }
async function inTry(id, leaf) { try { try { throw 1; } catch { await leaf(id); } } finally { await 1; } }
async function forOf(id, leaf) { for (const x of [1, 2, 3]) if (x === 2) await leaf(id); }
async function forAwait(id) { for await (const x of k.generatorLeaf(id)) if (x === 3) return x; }
async function forAwaitOver(id, leaf) { for await (const x of k.generatorOver(id, leaf)) if (x === 3) return x; }
async function viaNext(id, leaf) { const it = k.generatorOver(id, leaf); await it.next(); return (await it.next()).value; }
async function defaulted(id, leaf, x = 3) { return x + (await leaf(id)); }
async function logical(id, leaf) { return (await null) ?? (await leaf(id)) ?? 1; }
function makeClosure(v) { return async (id, leaf) => { const w = await leaf(id); return v + w; }; }
const closures = [1, 2, 3].map(makeClosure);
const object = { async shorthand(id, leaf) { return await leaf(id); }, async 'with space'(id, leaf) { await leaf(id); } };
const context = vm.createContext({ Promise: undefined });
const inContext = vm.runInContext('(async function inContext(id, leaf) {\n  const x = await leaf(id);\n  return x;\n})', context, { filename: '/virtual/context.js' });
const inOffset = vm.runInThisContext('(async function inOffset(id, leaf) { return await leaf(id); })', { filename: '/virtual/offset.js', lineOffset: 20, columnOffset: 7 });
const evaluated = eval('(async function evaluated(id, leaf) { await leaf(id); })');
class Sub extends Promise {}
async function subclass(id, leaf) { return await Sub.resolve(leaf(id)); }
async function thenned(id, leaf) { return await leaf(id).then(x => x); }
async function caught(id, leaf) { return await leaf(id).catch(() => 1).finally(() => {}); }
async function returned(id, leaf) { return await (async () => leaf(id))(); }

const ways = [
  (id, leaf) => leaf(id), (id, leaf) => nest(id, id % 6, leaf), arrow, all, allSettled, any, ternary,
  (id, leaf) => destructured({ id, leaf }), template, inTry, forOf, forAwaitOver, viaNext, defaulted, logical, closures[0], closures[2],
  (id, leaf) => K.wrap(id, leaf), (id, leaf) => k.method(id, leaf), (id, leaf) => k.computed1(id, leaf),
  (id, leaf) => object.shorthand(id, leaf), (id, leaf) => object['with space'](id, leaf),
  inContext, inOffset, evaluated, subclass, thenned, caught, returned,
  (id, leaf) => nest(id, 2, a => arrow(a, b => K.wrap(b, leaf))),
  (id, leaf) => all(id, a => any(a, b => allSettled(b, leaf))),
];
let id = Number(process.env.NOPS_FIRST ?? 0);
const rounds = Number(process.env.NOPS_ROUNDS ?? 3);
for (let round = 0; round < rounds; round++) {
  for (const leaf of leaves) for (const way of ways) way(id++, leaf);
  forAwait(id++);
}
// What is optimized or compiled by Sparkplug waits at the same places.
async function hot(n, leaf) { if (n < 0) return await leaf(-n); await null; return n; }
async function warmUp() { for (let i = 0; i < 3000; i++) await hot(i, null); for (let i = 0; i < 5; i++) hot(-id, leafPlain), id++; }

async function main() {
  await warmUp();
  await new Promise(resolve => setTimeout(resolve, 200));
  for (const open of gates.splice(0)) open(1);
  await new Promise(resolve => setTimeout(resolve, 200));
  const file = path.join(process.env.NOPS_DIR + '.stacks.' + (process.env.NOPS_NAME ?? 'main') + '.json');
  fs.writeFileSync(file, JSON.stringify(stacks));
  block(file);
}
function block(file) {
  const say = () => fs.writeSync(1, (isMainThread ? '' : process.env.NOPS_NAME + '-') + 'ready ' + file + '\n');
  const how = process.env.NOPS_BLOCK ?? 'none';
  setInterval(() => {}, 1000);
  if (how === 'none') say();
  else setTimeout(() => {
    say();
    if (how === 'loop') for (;;);
    if (how === 'read') fs.readSync(fs.openSync(process.env.NOPS_FIFO, 'r+'), Buffer.alloc(1));
    if (how === 'atomics') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (how === 'exec') require('node:child_process').execSync('sleep 600');
  }, 50);
}
setTimeout(main, 100);
for (let i = 1; isMainThread && i <= Number(process.env.NOPS_WORKERS ?? 0); i++) {
  const own = { NOPS_NAME: 'worker' + i, NOPS_FIRST: String(10000 * i), NOPS_BLOCK: i % 2 === 0 ? 'atomics' : 'none' };
  new Worker(__filename, { env: { ...process.env, ...own } });
}
`;

/**
 * Functions that wait, in the main context, in other contexts, in a worker, and many that nothing can ever wake because nobody holds
 * what they wait for. Writes a heap snapshot, which collects the garbage first, then prints `ready <snapshot>`.
 */
export const counted = String.raw`
'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
const v8 = require('node:v8');
const { Worker, isMainThread, workerData } = require('node:worker_threads');
const kept = [];
const forever = () => new Promise(resolve => kept.push(resolve));
async function innermost(i) { const text = 'x'.repeat(i % 7); await forever(); return text; }
async function middle(i) { return (await innermost(i)) + 1; }
async function outermost(i) { try { return await middle(i); } finally { } }
async function* pages(i) { yield i; await forever(); yield i + 1; }
async function consumer(i) { for await (const page of pages(i)) if (page < 0) return; }
async function* idle(i) { yield i; yield i + 1; }
async function dropped(i) { await new Promise(() => {}); return i; }
async function droppedOver(i) { await dropped(i); }
const iterators = [];
const wait = (count, name) => {
  for (let i = 0; i < count; i++) { outermost(i); consumer(i); }
  for (let i = 0; i < count / 2; i++) { const it = idle(i); it.next(); iterators.push(it); iterators.push(idle(i)); }
};
const garbage = async () => {
  for (let i = 0; i < 3000; i++) { droppedOver(i); if (i % 500 === 0) await new Promise(resolve => setTimeout(resolve, 5)); }
  // Some of it grows old before it dies.
  globalThis.aged = [];
  for (let i = 0; i < 500; i++) globalThis.aged.push(droppedOver(i));
  for (let i = 0; i < 200; i++) { globalThis.trash = new Array(20000).fill(i); }
  globalThis.aged = undefined;
};
if (isMainThread) {
  wait(300, 'main');
  const contexts = [1, 2, 3].map(i => vm.createContext({ forever }));
  for (const context of contexts) vm.runInContext('async function inside(i) { await forever(); return i; }\nasync function around(i) { return await inside(i); }\nfor (let i = 0; i < 50; i++) around(i);', context, { filename: '/virtual/inside.js' });
  globalThis.contexts = contexts;
  garbage().then(() => setTimeout(() => {
    const file = process.env.NOPS_DIR + '.heapsnapshot';
    const finish = () => fs.writeSync(1, 'ready ' + file + '\n');
    const snapshot = () => { v8.writeHeapSnapshot(file); finish(); };
    if (process.env.NOPS_WORKERS === undefined) setTimeout(snapshot, 100);
    else {
      let ready = 0;
      for (let i = 0; i < 2; i++) new Worker(__filename, { workerData: i }).on('message', () => { if (++ready === 2) setTimeout(snapshot, 300); });
    }
  }, 300));
} else {
  wait(100 + workerData, 'worker');
  setTimeout(() => { if (global.gc) global.gc(); require('node:worker_threads').parentPort.postMessage('waits'); }, 200);
}
setInterval(() => {}, 1000);
`;
