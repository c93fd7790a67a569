/** `import { attach } from 'nops'` of the packed package: its types alone, and what it does, in ESM and CommonJS, against a real process. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { sampleCount } from '@nops/core/profile/model';
import { folder, run, startNode } from '../cli/helpers.js';
import { nodeBinary } from '../support/nodes.js';
import { installPacked } from '../support/packed.js';

const { at } = installPacked(folder);
const tsc = new URL('../../../node_modules/typescript/bin/tsc', import.meta.url).pathname;

/** What a user writes: every method, with the types of what it answers. */
const user = `
import { attach, list, NopsError, type CpuProfile, type Progress, type StackResult, type Target, type TraceRecording } from 'nops';

export async function look(pid: number, signal: AbortSignal): Promise<string[]> {
  const seen: Progress[] = [];
  const target: Target = await attach(pid, { signal, token: 't', inject: true, onProgress: one => void seen.push(one) });
  try {
    const stack: StackResult = await target.stack({ native: false });
    const cpu: CpuProfile = await target.cpu({ seconds: 10, hz: 1000 });
    const bytes: Uint8Array = cpu.profile;
    const names: string[] = stack.threads.flatMap(thread => thread.frames.map(frame => frame.function));
    const traced: TraceRecording = await target.trace({ seconds: 1, hz: 0 });
    names.push(...traced.groups.map(group => group.name));
    const { pools } = await target.pools({ seconds: 1 });
    await target.set({ 'https-1.maxSockets': 64, 'https-1.timeout': null });
    const { processes } = await list();
    return [...names, ...pools.map(pool => pool.name), ...processes.map(one => one.name), String(bytes.length)];
  } catch (error) {
    if (error instanceof NopsError) return [error.code satisfies 'usage' | 'no-target' | 'no-permission' | 'no-answer' | 'impossible'];
    throw error;
  } finally {
    await target.close();
  }
}
`;
const wrong = `
import { attach } from 'nops';
const target = await attach(1);
const { pid } = await target.cpu({ second: 10 });
export const text: string = pid;
`;

test('types: a file of a user compiles with nothing else installed, and a wrong one does not', async () => {
  writeFileSync(join(at, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(at, 'user.ts'), user);
  writeFileSync(join(at, 'user.cts'), user);
  writeFileSync(join(at, 'wrong.ts'), wrong);
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', ''];
  const lib = ['--lib', 'es2022,dom,esnext.disposable'];
  const right = await run(process.execPath, [tsc, ...options, ...lib, join(at, 'user.ts'), join(at, 'user.cts')]);
  assert.deepEqual([right.code, right.stdout], [0, '']);
  const refused = await run(process.execPath, [tsc, ...options, ...lib, join(at, 'wrong.ts')]);
  const codes = refused.stdout.split('\n').flatMap(line => /error (TS\d+)/.exec(line)?.[1] ?? []);
  assert.deepEqual(codes, ['TS2561', 'TS2322'], refused.stdout);
});

const body = `
const said = [];
const target = await attach(Number(process.argv[2]), { onProgress: ({ text, share }) => said.push(share === null ? text : share) });
const before = await target.stack();
const cpu = await target.cpu({ seconds: 1 });
const [gc, memstats] = await Promise.all([target.gc(), target.memstats()]);
const allocs = await target.allocs({ seconds: 1, tree: true });
const traced = await target.trace({ seconds: 1 });
const refused = await target.cpu({ seconds: 301 }).catch(error => ({ code: error.code, ours: error instanceof NopsError }));
await target.close();
await target.close();
const gone = await attach(2 ** 22 - 1).catch(error => error.code);
const other = await attach(process.argv[2], { inject: false });
const uninjected = await other.pools().catch(error => [error.code, error.next]);
const listed = (await list()).processes.find(one => one.pid === Number(process.argv[2]));
await other[Symbol.asyncDispose]();
console.log(JSON.stringify({ said, before, cpu: { ...cpu, profile: Buffer.from(cpu.profile).toString('base64') }, gc, memstats, refused,
  allocs: { schema: allocs.schema, processes: allocs.processes }, traced: { ...traced, trace: traced.trace.length },
  gone, uninjected, listed }));
`;
const programs = {
  'esm.mjs': `import { attach, list, NopsError } from 'nops';\n${body}`,
  'cjs.cjs': `const { attach, list, NopsError } = require('nops');\n(async () => {${body}})();`,
};

/** Works half of the time. */
const busy = 'console.log("ready"); setInterval(() => { const end = Date.now() + 20; while (Date.now() < end); }, 40)';

for (const version of ['20', '26']) {
  const node = nodeBinary(version);
  for (const [name, code] of Object.entries(programs)) {
    test(`Node ${version}, ${name}: stacks from beside, a profile by an agent that is gone afterwards`, async t => {
      if (node === undefined) return t.skip(`Node ${version} could not be installed`);
      const file = join(at, name);
      writeFileSync(file, code);
      const { pid } = await startNode(['-e', busy]);
      t.after(() => process.kill(pid, 'SIGKILL'));
      const { code: exit, stdout, stderr } = await run(node, [file, String(pid)]);
      assert.equal(exit, 0, stderr);
      const seen = JSON.parse(stdout);
      assert.deepEqual([seen.before.schema, seen.before.pid, seen.before.way], ['nops.stack/1', pid, 'beside']);
      assert.deepEqual([seen.cpu.schema, seen.cpu.pid, seen.cpu.seconds], ['nops.cpu/1', pid, 1]);
      const profile = decodeProfile(gunzipSync(Buffer.from(seen.cpu.profile, 'base64')));
      assert.ok(sampleCount(profile) > 0);
      assert.deepEqual([seen.gc.schema, seen.memstats.schema], ['nops.gc/1', 'nops.memstats/1']);
      assert.deepEqual(
        [seen.allocs.schema, seen.allocs.processes.map((one: { pid: number }) => one.pid)],
        ['nops.allocs/1', [pid]],
      );
      assert.deepEqual(
        [seen.traced.schema, seen.traced.pid, seen.traced.trace],
        ['nops.trace/1', pid, seen.traced.bytes],
      );
      assert.ok(seen.traced.utilization > 0.2 && seen.traced.events > 10, JSON.stringify(seen.traced));
      assert.ok(seen.memstats.heap.usedBytes > 0, 'asked the agent, which is there by then');
      assert.deepEqual(seen.said.slice(1, 3), [0, 1]);
      assert.match(seen.said[0], /had no agent: one has been attached/);
      assert.match(seen.said.at(-1), /^detached it from process/);
      const sentences = seen.said.filter((one: unknown) => typeof one === 'string');
      assert.equal(sentences.length, 2, 'one agent for all that was asked');
      assert.deepEqual(seen.refused, { code: 'usage', ours: true });
      assert.equal(seen.gone, 'no-target');
      assert.equal(seen.uninjected[0], 'impossible');
      assert.match(seen.uninjected[1], /^Load one: nops attach/);
      assert.equal(seen.listed.agent, false, 'nothing is left in it');
    });
  }
}
