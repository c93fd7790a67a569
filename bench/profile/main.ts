/**
 * What the profile library costs beside `pprof-format` and `go tool pprof`: each task in a process of its own, all of one task one after
 * the other in each round, so that a ratio compares neighbours in time. Time is the whole process's, its start included, for all three;
 * memory is the most that was resident. In the first tasks Go's reports do more than ours (a graph with its edges), and its `-proto` also
 * compresses; the last ones are the same report of both commands.
 *
 *   node bench/dist/profile/main.js [rounds] [samples] [frames] [task]
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeProfile } from '@nops/core/profile/encode';
import { median, ratios } from '../lib/statistics.js';
import { syntheticProfile } from './synthetic.js';

const rounds = Number(process.argv[2] ?? 7);
const samples = Number(process.argv[3] ?? 200_000);
const frames = Number(process.argv[4] ?? 40);
/** Only tasks whose name has this in it. */
const wanted = process.argv[5] ?? '';
const time = '/usr/bin/time';

const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const files = [1, 2].map(seed => {
  const file = join(folder, `${seed}.pb`);
  writeFileSync(file, encodeProfile(syntheticProfile({ samples, frames, functions: 20_000 }, seed)));
  return file;
});
const [file = ''] = files;

const task = fileURLToPath(new URL('task.js', import.meta.url));
const node = (who: string, what: string, ...of: string[]) => [process.execPath, task, who, what, ...of];
const pprof = spawnSync('go', ['env', 'GOTOOLDIR'], { encoding: 'utf8' }).stdout?.trim();
const go = (...args: string[]) => [join(pprof, 'pprof'), '-symbolize=none', ...args];
const output = `-output=${join(folder, 'go.pb.gz')}`;

const tasks: Record<string, Record<string, string[]>> = {
  decode: { 'pprof-format': node('pprof-format', 'decode', file) },
  'decode and top': {
    'pprof-format': node('pprof-format', 'decode and top', file),
    'go tool pprof': go('-top', file),
  },
  'decode, focus and top': { 'go tool pprof': go('-top', '-focus=function77', file) },
  'decode and encode': {
    'pprof-format': node('pprof-format', 'decode and encode', file),
    'go tool pprof': go('-proto', output, file),
  },
  'decode two, merge, encode': { 'go tool pprof': go('-proto', output, ...files) },
  'nops pprof -top': { 'go tool pprof': go('-top', file) },
  'nops pprof -tree -focus': { 'go tool pprof': go('-tree', '-focus=function77', file) },
};

/** A task that is a command of ours is that command; others are in task.ts. */
function own(what: string): string[] {
  if (!what.startsWith('nops ')) return node('nops', what, ...(what.includes('two') ? files : [file]));
  const nops = fileURLToPath(new URL('../../../cli/bin/nops.js', import.meta.url));
  const args = what
    .split(' ')
    .slice(1)
    .map(arg => (arg === '-focus' ? '-focus=function77' : arg));
  return [process.execPath, nops, ...args, file];
}

console.log(`Node ${process.versions.node}, ${samples} samples of ${frames} frames, ${rounds} rounds`);
console.log(`${'task'.padEnd(28)}${'who'.padEnd(16)}${'ms'.padStart(8)}${'MB'.padStart(8)}   times nops's`);
for (const [what, peers] of Object.entries(tasks).filter(([name]) => name.includes(wanted))) {
  const runs = new Map(
    Object.entries({ nops: own(what), ...peers }).filter(([, [program = '']]) => existsSync(program)),
  );
  const costs = new Map([...runs.keys()].map(who => [who, { ms: [] as number[], mb: [] as number[] }]));
  for (let round = 0; round < rounds; round++) {
    for (const [who, command] of runs) {
      const cost = measure(command);
      costs.get(who)?.ms.push(cost.ms);
      costs.get(who)?.mb.push(cost.mb);
    }
  }
  const base = costs.get('nops')?.ms ?? [];
  for (const [who, { ms, mb }] of costs) {
    const { median: ratio, min, max } = ratios(ms, base);
    const beside = who === 'nops' ? '' : `   ${ratio.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`;
    console.log(
      `${what.padEnd(28)}${who.padEnd(16)}${median(ms).toFixed(0).padStart(8)}${median(mb).toFixed(0).padStart(8)}${beside}`,
    );
  }
}

/** Memory is NaN where GNU time is not installed. */
function measure([program = '', ...args]: string[]): { ms: number; mb: number } {
  const timed = existsSync(time);
  const started = performance.now();
  const ended = timed
    ? spawnSync(time, ['-f', '%M', program, ...args], { encoding: 'utf8' })
    : spawnSync(program, args, { encoding: 'utf8' });
  const ms = performance.now() - started;
  if (ended.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${ended.stderr}`);
  return { ms, mb: timed ? Number(ended.stderr.trim().split('\n').at(-1)) / 1024 : Number.NaN };
}
