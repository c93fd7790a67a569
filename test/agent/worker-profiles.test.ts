/** Worker threads in CPU profiles, on each Node: read from outside, however many come and go. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { labelsOf, type Profile, sampleCount } from '@nops/core/profile/model';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { type Answer, startTarget, type Target, until } from '../support/target.js';

const path = '/debug/pprof/profile';

/** 20 workers one after the other, each alive for longer than the agent takes to look for new ones (50 ms), then one that is given three kinds of work for some seconds, and says how long each took. */
const afterMany = `import { Worker } from 'node:worker_threads';
const hot = \`
  const took = { half: 0, third: 0, fifth: 0 };
  const spin = end => { let x = 0; while (performance.now() < end) for (let i = 0; i < 1000; i++) x += Math.sqrt(i); return x; };
  function half(end) { return spin(end); }
  function third(end) { return spin(end); }
  function fifth(end) { return spin(end); }
  const work = { half: [half, 10], third: [third, 6], fifth: [fifth, 4] };
  function hotWorker() {
    for (const end = performance.now() + 4000; performance.now() < end; ) {
      for (const [name, [run, ms]] of Object.entries(work)) {
        const began = performance.now();
        run(began + ms);
        took[name] += performance.now() - began;
      }
    }
  }
  hotWorker();
  require('node:worker_threads').parentPort.postMessage(took);\`;
let count = 0;
function next() {
  if (++count <= 20) new Worker('setTimeout(() => {}, 60)', { eval: true, execArgv: [], name: 'short' }).on('exit', next);
  else new Worker(hot, { eval: true, execArgv: [], name: 'hot' }).on('message', took => console.log('took', JSON.stringify(took)));
}
process.once('SIGUSR2', next);
setInterval(() => {}, 1000);
console.log('ready');`;

function profileOf(answer: Answer): Profile {
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  return decodeProfile(gunzipSync(answer.body));
}

/** Seconds of each function, callees included, by the label of the thread. */
function byThread(profile: Profile): Map<string, Map<string, number>> {
  const result = new Map<string, Map<string, number>>();
  for (let i = 0; i < sampleCount(profile); i++) {
    const label = labelsOf(profile, i).find(({ key }) => key === 'thread');
    const thread = label !== undefined && 'text' in label ? label.text : '';
    const functions = result.get(thread) ?? new Map<string, number>();
    result.set(thread, functions);
    const locations = profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1]);
    const names = new Set(
      Array.from(locations, at => profile.functionNames[profile.lineFunctions[profile.lineStarts[at] ?? 0] ?? 0] ?? ''),
    );
    const seconds = (profile.values[i * 2 + 1] ?? 0) / 1e9;
    for (const name of names) functions.set(name, (functions.get(name) ?? 0) + seconds);
  }
  return result;
}

const descriptors = ({ pid }: Target) => readdirSync(`/proc/${pid}/fd`).length;

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined && 'not installed';
  const start = (t: TestContext, code: string) => startTarget(t, code, node === undefined ? {} : { node });

  test(`Node ${version}: after many workers that ended, one has its time, by function, and its name`, {
    skip,
  }, async t => {
    const target = await start(t, afterMany);
    await target.said('ready');
    const answer = target.ask(`${path}?seconds=60&id=it`);
    await until(
      async () => (await target.ask('/debug/nops/info?details=0')).json()['profiling']?.['isOn'] || undefined,
      () => 'sampling to begin',
    );
    target.child.kill('SIGUSR2');
    const took = JSON.parse(await target.said('took')) as Record<string, number>;
    await target.ask('/debug/nops/profile-stop?id=it', { body: '' });
    const profile = profileOf(await answer);
    const threads = byThread(profile);
    const [label, functions] = [...threads].find(([, seconds]) => seconds.has('hotWorker')) ?? [];
    assert.match(label ?? '', /^worker 2\d \(hot\)$/, [...threads.keys()].join());
    const all = (functions?.get('hotWorker') ?? 0) * 1000;
    const truth = Object.values(took).reduce((sum, ms) => sum + ms, 0);
    assert.ok(Math.abs(all - truth) < 0.15 * truth, `${all} of ${truth} ms`);
    for (const [name, ms] of Object.entries(took)) {
      const seen = (functions?.get(name) ?? 0) / (all / 1000);
      assert.ok(Math.abs(seen - ms / truth) < 0.12, `${name}: ${seen} instead of ${ms / truth}`);
    }
    assert.ok(threads.size <= 5, [...threads.keys()].join());
    assert.match(profile.comments.join('\n'), /^other workers: \d+ worker threads that ended/m);
  });

  test(`Node ${version}: one that waits is idle, nested ones are named, and no descriptor is kept`, {
    skip,
  }, async t => {
    const nested = `new (require('node:worker_threads').Worker)('setInterval(() => {}, 10)', { eval: true, execArgv: [], name: 'inner' });
      setInterval(() => {}, 10); require('node:worker_threads').parentPort.postMessage(0);`;
    const target = await start(
      t,
      `import { Worker } from 'node:worker_threads';
       new Worker(${JSON.stringify(nested)}, { eval: true, execArgv: [], name: 'a name of more than fifteen bytes, ü' })
         .on('message', () => setTimeout(() => console.log('ready'), 1500)); setInterval(() => {}, 1000);`,
    );
    await target.said('ready');
    await target.ask(`${path}?seconds=1`);
    const before = descriptors(target);
    const profile = profileOf(await target.ask(`${path}?seconds=2`));
    const text = profile.comments.join('\n');
    for (const name of ['a name of more than fifteen bytes, ü', 'inner']) {
      const [, idle, all] =
        new RegExp(`^idle \\(worker \\d+ \\(${name}\\)\\): ([\\d.]+) of ([\\d.]+) s`, 'm').exec(text) ?? [];
      assert.ok(Number(idle) > 0.7 * Number(all), text);
    }
    await until(
      () => descriptors(target) <= before || undefined,
      () => `${descriptors(target)} descriptors to be ${before} again`,
    );
  });
}
