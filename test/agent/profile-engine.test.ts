/** The profile engine in real processes, on each Node: what is shared, cut, kept, governed and refused. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { CpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import { labelsOf, type Profile, sampleCount } from '@nops/core/profile/model';
import type { InfoResult } from '@nops/core/protocol/results';
import { makeFifo } from '../support/fifo.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { type Answer, agentRegister, startTarget, type Target, until, wellProfiled } from '../support/target.js';

const path = '/debug/pprof/profile';
const execArgv = [...wellProfiled, '--import', agentRegister];
const burn = `function burn(ms) { const end = performance.now() + ms; let x = 0; while (performance.now() < end) x += Math.sqrt(x + 1); return x; }
setInterval(() => burn(20), 40);`;

function profileOf(answer: Answer): Profile {
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  return decodeProfile(gunzipSync(answer.body));
}

const comment = (profile: Profile, begin: RegExp) => profile.comments.find(text => begin.test(text)) ?? '';
const info = async (target: Target) => (await target.ask('/debug/nops/info?details=0')).json() as unknown as InfoResult;
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** Threads of V8's sampler in the process: it is being profiled as long as there is one. */
function samplers({ pid }: Target): number {
  const names = readdirSync(`/proc/${pid}/task`).map(tid => {
    try {
      return readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim();
    } catch {
      return '';
    }
  });
  return names.filter(name => name === 'v8:ProfEvntProc').length;
}

/** A request whose headers have come, and its body when it is there. */
async function begin(target: Target, query: string): Promise<{ sent: ClientRequest; body: Promise<Buffer> }> {
  const options = { socketPath: target.socketPath(), path: `${path}?${query}`, agent: false as const };
  const sent = request({ ...options, headers: { host: 'localhost' } });
  sent.end();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve);
    sent.on('error', reject);
  });
  assert.equal(answer.statusCode, 200);
  const body = (async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  })();
  body.catch(() => {});
  return { sent, body };
}

/** Time, by the process's clock, and function of each sample. */
function timeline({ nodes, startTime, endTime, samples = [], timeDeltas = [] }: CpuProfile) {
  const names = new Map(nodes.map(node => [node.id, node.callFrame.functionName]));
  let time = startTime;
  const all = samples.map((id, i) => {
    time += timeDeltas[i] ?? 0;
    return { time, name: names.get(id) };
  });
  return { startTime, endTime, within: (from: number, to: number) => all.filter(s => s.time >= from && s.time < to) };
}

type Start = (code: string, env?: Record<string, string>) => Promise<Target>;

/** On every Node at the same time, since most of it is waiting. */
function onEachNode(name: string, run: (start: Start, t: TestContext) => Promise<void>): void {
  test(name, { concurrency: true }, async t => {
    await Promise.all(
      nodeVersions.map(version => {
        const node = nodeBinary(version);
        if (node === undefined) throw new Error(`Node ${version} is not installed`);
        return t.test(`Node ${version}`, sub =>
          run((code, env = {}) => startTarget(sub, code, { execArgv, env, node }), sub),
        );
      }),
    );
  });
}

onEachNode('profiles taken at once have the same samples where they overlap, each cut to its own time', async start => {
  const target = await start(burn);
  const answers = await Promise.all(
    [0, 300, 500].map(async waitMs => {
      await sleep(waitMs);
      return target.ask(`${path}?seconds=2&format=cpuprofile`);
    }),
  );
  const profiles = answers.map(answer => answer.json() as unknown as CpuProfile);
  for (const { startTime, endTime } of profiles) {
    // The cut is made when the time is over, however late that is noticed on a busy machine.
    assert.ok(endTime - startTime >= 1_990_000, `${endTime - startTime} µs`);
  }
  const timelines = profiles.map(timeline);
  const from = Math.max(...timelines.map(t => t.startTime));
  const to = Math.min(...timelines.map(t => t.endTime));
  const [first, ...others] = timelines.map(t => t.within(from, to));
  assert.ok(first !== undefined && first.length > 3, `${first?.length} samples in ${to - from} µs`);
  for (const other of others) assert.deepEqual(other, first);
  await until(
    () => samplers(target) === 0 || undefined,
    () => 'the sampler to end with the last client',
  );
});

onEachNode('all time is accounted for, and the threads are told apart', async start => {
  const worker = `function spinner() { const end = performance.now() + 20; while (performance.now() < end); }
      setInterval(spinner, 40);`;
  const target = await start(
    `import { Worker } from 'node:worker_threads';
       new Worker(${JSON.stringify(worker)}, { eval: true, name: 'spin' }).on('online', () => console.log('online'));
       ${burn}`,
  );
  await target.said('online');
  const profile = profileOf(await target.ask(`${path}?seconds=1`));
  const byThread = new Map<string, { nanos: number; functions: Set<string> }>();
  for (let i = 0; i < sampleCount(profile); i++) {
    const [label] = labelsOf(profile, i);
    assert.ok(label?.key === 'thread' && 'text' in label);
    const of = byThread.get(label.text) ?? { nanos: 0, functions: new Set() };
    byThread.set(label.text, of);
    of.nanos += profile.values[i * 2 + 1] ?? 0;
    for (const location of profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1])) {
      const line = profile.lineStarts[location] ?? 0;
      of.functions.add(profile.functionNames[profile.lineFunctions[line] ?? 0] ?? '');
    }
  }
  const [main, spin, ...others] = [...byThread.keys()].sort();
  assert.equal(main, 'main');
  assert.match(spin ?? '', /^worker \d+ \(spin\)$/);
  assert.deepEqual(others, [], 'the agent’s own thread is not profiled');
  assert.ok(byThread.get('main')?.functions.has('burn') && !byThread.get('main')?.functions.has('spinner'));
  assert.ok(byThread.get(spin ?? '')?.functions.has('spinner') && !byThread.get(spin ?? '')?.functions.has('burn'));
  const idle = /^idle \(main\): ([\d.]+) of ([\d.]+) s/.exec(comment(profile, /^idle \(main\)/));
  const seconds = (byThread.get('main')?.nanos ?? 0) / 1e9 + Number(idle?.[1]);
  assert.ok(Math.abs(seconds - Number(idle?.[2])) < 0.011, `${seconds} of ${idle?.[2]} s`);
  assert.ok(Math.abs(profile.durationNanos / 1e9 - Number(idle?.[2])) < 0.011);
  const number = /\d+/.exec(spin ?? '')?.[0];
  const only = profileOf(await target.ask(`${path}?seconds=1&thread=${number}`));
  assert.deepEqual(only.labels, [{ key: 'thread', text: spin }]);
  assert.match((await target.ask(`${path}?seconds=1&thread=nobody`)).text, /there is no worker thread "nobody"/);
  assert.equal((await target.ask(`${path}?seconds=1&format=cpuprofile&thread=all`)).status, 400);
});

onEachNode('a worker that ends meanwhile is in it, and that it ended is told', async start => {
  const worker = `function brief() { const end = performance.now() + 20; while (performance.now() < end); }
      setInterval(brief, 40); require('node:worker_threads').parentPort.on('message', () => process.exit());`;
  const target = await start(
    `import { Worker } from 'node:worker_threads';
       const worker = new Worker(${JSON.stringify(worker)}, { eval: true });
       worker.on('online', () => console.log('online'));
       worker.on('exit', () => console.log('ended'));
       process.on('SIGUSR2', () => worker.postMessage('end')); ${burn}`,
  );
  await target.said('online');
  const { body } = await begin(target, 'seconds=60&id=it');
  // More than a window, so that something of the worker has come, on a busy machine too.
  await sleep(3000);
  target.child.kill('SIGUSR2');
  await target.said('ended');
  await target.ask('/debug/nops/profile-stop?id=it', { body: '' });
  const profile = decodeProfile(gunzipSync(await body));
  assert.match(comment(profile, /^partial/), /^partial \(worker \d+.*\): it ended early: the worker thread has ended/);
  assert.ok(profile.functionNames.includes('brief') && profile.functionNames.includes('burn'));
  assert.equal((await target.ask(`${path}?seconds=1`)).status, 200);
});

onEachNode('warm: no cold start, the past is there, and how much of it is told', async start => {
  const target = await start(burn, { NOPS_PROFILE: 'warm' });
  await until(
    async () => ((await info(target)).profiling?.heldSeconds ?? 0) > 3 || undefined,
    () => 'some past',
  );
  const now = profileOf(await target.ask(`${path}?seconds=1&thread=main`));
  assert.match(comment(now, /^pause/), /none to start/);
  const past = profileOf(await target.ask(`${path}?from=-2s&to=-1s`));
  assert.equal(past.durationNanos, 1e9);
  assert.ok(past.functionNames.includes('burn'));
  assert.equal(comment(past, /^partial/), '');
  const more = profileOf(await target.ask(`${path}?from=-100s`));
  assert.match(comment(more, /^partial/), /of 100\.00 s were sampled/);
  const before = await target.ask(`${path}?from=-100s&to=-90s`);
  assert.equal(before.status, 501);
  assert.match(before.text, /nothing is held from .* ago on: the oldest sample is from/);
  for (const query of ['from=-1s&to=-2s', 'from=1s', 'from=-1h', 'from=-5s&seconds=3'])
    assert.equal((await target.ask(`${path}?${query}`)).status, 400, query);
  const { profiling } = await info(target);
  assert.ok(profiling?.mode === 'warm' && profiling.isOn && profiling.hz === 100);
  assert.ok((profiling.cpuPercent ?? 0) > 0 && profiling.heldBytes > 0 && profiling.heldBytes < 16e6);
});

onEachNode('the governor switches it off where it uses more than it may, and says so', async start => {
  const target = await start(burn, { NOPS_PROFILE: 'warm', NOPS_PROFILE_BUDGET: '0.1' });
  const { profiling } = await until(
    async () => {
      const told = await info(target);
      return told.profiling?.events.some(event => event.what.startsWith('off')) ? told : undefined;
    },
    () => 'the governor',
  );
  assert.equal(profiling?.isOn, false);
  assert.match(profiling?.events.at(-1)?.what ?? '', /^off: [\d.]+ % of one core over 10 s, of 0\.1 % allowed/);
  await until(
    () => samplers(target) === 0 || undefined,
    () => 'the sampler to end',
  );
  assert.match(comment(profileOf(await target.ask(`${path}?from=-60s`)), /^profiling/), / is off: /);
  // What somebody asks for is not governed.
  assert.ok(profileOf(await target.ask(`${path}?seconds=1`)).functionNames.includes('burn'));
});

onEachNode('a main thread that gets stuck meanwhile: what there is, and that it is not all', async (start, t) => {
  const fifo = makeFifo(t);
  const code = `import { openSync, readSync } from 'node:fs';
      ${burn}
      process.on('SIGUSR2', () => readSync(openSync(${JSON.stringify(fifo)}, 'r'), Buffer.alloc(1)));`;
  const target = await start(code);
  const { body } = await begin(target, 'seconds=3&thread=main');
  await sleep(1500);
  target.child.kill('SIGUSR2');
  const profile = decodeProfile(gunzipSync(await body));
  assert.match(comment(profile, /^partial/), /^partial: [\d.]+ of 3\.\d+ s were sampled/);
  assert.ok(profile.functionNames.includes('burn'));
  const late = await target.ask(`${path}?seconds=1`);
  assert.equal(late.status, 504);
  assert.match(late.text, /the main thread is (?:in|sleeping|blocked)/);
});

test('headers come at once; an early end by name gives what there is; a name that is none is refused', async t => {
  const target = await startTarget(t, burn, { execArgv });
  const { body } = await begin(target, 'seconds=300&id=mine');
  assert.equal((await target.ask(`${path}?seconds=1&id=mine`)).status, 400);
  await sleep(500);
  const stop = (id: string) => target.ask(`/debug/nops/profile-stop?id=${id}`, { body: '' });
  assert.equal((await stop('another')).status, 404);
  assert.equal((await stop('mine')).status, 200);
  const profile = decodeProfile(gunzipSync(await body));
  assert.match(comment(profile, /^partial/), /ended early by who asked for 300 s/);
  assert.ok(profile.durationNanos < 300e9 && profile.functionNames.includes('burn'));
  assert.equal((await stop('mine')).status, 404, 'its name is free again');
});

test('a client that leaves ends its profile; another one goes on', async t => {
  const target = await startTarget(t, burn, { execArgv });
  const [leaving, staying] = [await begin(target, 'seconds=300'), await begin(target, 'seconds=300&id=stay')];
  leaving.sent.destroy();
  await sleep(500);
  assert.ok(samplers(target) > 0);
  staying.sent.destroy();
  await until(
    () => samplers(target) === 0 || undefined,
    () => 'the sampler to end with the last client',
  );
});

test('beyond the bound: 429 with Retry-After; the others get theirs', async t => {
  const target = await startTarget(t, burn, { execArgv });
  const answers = await Promise.all(Array.from({ length: 70 }, () => target.ask(`${path}?seconds=3&thread=main`)));
  const refused = answers.filter(answer => answer.status === 429);
  assert.equal(refused.length, 6);
  for (const { headers, text } of refused) {
    assert.match(String(headers['retry-after']), /^\d+$/);
    assert.equal(headers['x-go-pprof'], '1');
    assert.match(text, /64 CPU profiles are being taken already/);
  }
  for (const answer of answers) if (answer.status !== 429) assert.ok(profileOf(answer).functionNames.includes('burn'));
});

test('formats: each is what it says, and an unknown one is refused', async t => {
  const target = await startTarget(t, burn, { execArgv });
  const get = async (query: string) => target.ask(`${path}?seconds=1&${query}`);
  const [text, debug, collapsed, json, cpu, wrong] = await Promise.all(
    ['format=text', 'debug=1', 'format=collapsed', 'format=json', 'format=cpuprofile', 'format=nix'].map(get),
  );
  for (const answer of [text, debug]) assert.match(answer?.text ?? '', /flat%[\s\S]*burn/);
  assert.match(collapsed?.text ?? '', /^(?:.*;)?burn(?:;.*)? \d+$/m);
  assert.match(json?.text ?? '', /"burn"/);
  assert.match(cpu?.text ?? '', /"samples":\[\d/);
  assert.match(String(cpu?.headers['content-disposition']), /profile\.cpuprofile/);
  assert.equal(wrong?.status, 400);
});

test('no history: what is past is gone, and the setting is named', async t => {
  const target = await startTarget(t, burn, { execArgv, env: { NOPS_PROFILE: 'warm', NOPS_HISTORY: '0' } });
  assert.equal((await target.ask(`${path}?seconds=1`)).status, 200);
  const past = await target.ask(`${path}?from=-1s`);
  assert.equal(past.status, 501);
  assert.match(past.text, /keeps no history.*NOPS_HISTORY/);
  assert.equal((await info(target)).profiling?.heldBytes, 0);
});

test('the past takes no more memory than it may: the oldest goes first', async t => {
  // Ever new stacks, so that the limit is met.
  const code = `let n = 0;
    setInterval(() => {
      const f = new Function('deep', 'return function fresh' + n++ + '(d) { return d > 0 ? deep(d - 1, deep) : spin(); };' +
        'function spin() { const end = performance.now() + 15; while (performance.now() < end); }');
      const deep = d => f(deep)(d);
      deep(20);
    }, 20);`;
  const env = { NOPS_PROFILE: 'warm', NOPS_PROFILE_BUDGET: '100', NOPS_HISTORY: '300,0.2' };
  const target = await startTarget(t, code, { execArgv, env });
  const { profiling } = await until(
    async () => {
      const told = await info(target);
      return (told.profiling?.heldSeconds ?? 0) > 0 ? told : undefined;
    },
    () => 'some past',
  );
  assert.ok((profiling?.heldBytes ?? 0) > 0);
  const oldest = new Set<number>();
  // The past begins later and later, though five minutes have not passed.
  await until(
    async () => {
      const held = (await info(target)).profiling;
      assert.ok((held?.heldBytes ?? 0) <= 200_000, `${held?.heldBytes} bytes`);
      oldest.add(Math.round(process.hrtime()[0] - (held?.heldSeconds ?? 0)));
      return oldest.size > 4 || undefined;
    },
    () => 'the oldest to go',
  );
});

test('options out of bounds: the agent does not start, and says why', async t => {
  for (const [env, why] of [
    [{ NOPS_PROFILE: 'always' }, /profile must be 'on-demand' or 'warm'/],
    [{ NOPS_PROFILE_BUDGET: '0' }, /profileBudget must be from 0\.1 to 100/],
    [{ NOPS_HISTORY: '300,9999' }, /history\.bytes must be from 0/],
  ] as const) {
    const target = await startTarget(t, burn, { execArgv, env, noSocket: true });
    await target.warned(why);
  }
});
