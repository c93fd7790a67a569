/** `nops cpu`: records a CPU profile through the agent, keeps it as a pprof file, and shows the costliest functions. */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { CpuResult, TopEntry } from '@nops/core/protocol/results';
import { formatMillis } from '@nops/core/units/format';
import { printable } from '@nops/core/units/printable';
import type { Command } from '../command.js';
import { parseSeconds, secondsOption } from '../options.js';
import { formatFooter } from '../output/footer.js';
import { type Column, formatTable } from '../output/table.js';
import { checkWritable, writeWhole } from '../output/write-file.js';
import { resolveTarget } from '../target/resolve.js';
import { requireAgent } from '../target/target.js';

const seconds = { min: 1, max: 300, fallback: 5 };
const hz = { min: 1, max: 1000, fallback: 100 };
/** Functions in the result, and how many of them are printed. */
const topLimit = 500;
const printedLimit = 20;
/** Stopping a profiler takes time that grows with what it recorded. */
const stopDeadlineMs = 30_000;
const maxProfileBytes = 1024 ** 3;

export const cpu: Command<CpuResult> = {
  usage: '<target> [-s <N>] [-o <file>]',
  examples: [
    ['nops cpu 4242', 'profile 5 seconds into nops-cpu-4242-<time>.pb.gz'],
    ['nops cpu 4242 -s 30 -o cpu.pb.gz', 'then, for example: go tool pprof -http=: cpu.pb.gz'],
  ],
  options: {
    seconds: secondsOption(seconds),
    output: { type: 'string', short: 'o', value: '<file>', description: 'where to write the profile' },
    hz: {
      type: 'string',
      value: '<N>',
      description: `samples per second, ${hz.min} to ${hz.max}, default ${hz.fallback}`,
    },
  },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const params = { seconds: parseSeconds(args, seconds), hz: parseWhole('--hz', args.text('hz'), hz) };
    const output = args.text('output');
    checkWritable(output ?? 'nops-cpu');
    const target = await resolveTarget(context, args.positionals[0]);
    const agent = await requireAgent(target, 'A CPU profile');
    const { pid } = await agent.call('info');
    const progress = context.progress('profiling', params.seconds * 1000);
    const deadlineMs = params.seconds * 1000 + stopDeadlineMs;
    const bytes = await agent.download('profile', params, { deadlineMs }).finally(() => progress.stop());
    const top = await readTop(bytes);
    const file = output ?? `nops-cpu-${pid}-${timestamp(new Date())}.pb.gz`;
    writeWhole(file, bytes);
    return { schema: 'nops.cpu/1', pid, way: 'agent', notes: top.notes, file, seconds: params.seconds, ...top.of };
  },
  print(result, output) {
    const summary = `${formatMillis(result.totalNanos / 1e6)} in ${result.samples} samples over ${result.seconds} s`;
    const rows = cellsOf(result.top.slice(0, printedLimit), result.totalNanos);
    return `${formatTable(columns, rows, output)}\n${summary}\nwritten to ${printable(result.file)}\n${formatFooter(result, output)}`;
  },
};

async function readTop(
  bytes: Buffer,
): Promise<{ of: Pick<CpuResult, 'samples' | 'totalNanos' | 'top'>; notes: string[] }> {
  const [{ decodeProfile }, { topEntries }] = await Promise.all([
    import('@nops/core/profile/decode'),
    import('@nops/core/profile/top'),
  ]);
  const { entries, total, samples } = topEntries(decodeProfile(await unzip(bytes)), { limit: topLimit });
  const notes = samples === 0 ? ['No sample was taken: the main thread did not run JavaScript meanwhile.'] : [];
  return { of: { samples, totalNanos: total, top: entries }, notes };
}

async function unzip(bytes: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxProfileBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('impossible', `the agent's profile can't be read: ${why}`, 'Ask for fewer seconds.');
  }
}

/** Local time as in 20261122T130501: sorts well, and needs no quotes anywhere. */
function timestamp(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace(/[-:]/g, '');
}

/** The order of `go tool pprof -top`. */
const columns: Column[] = [
  { head: 'FLAT', align: 'right' },
  { head: 'FLAT%', align: 'right' },
  { head: 'SUM%', align: 'right' },
  { head: 'CUM', align: 'right' },
  { head: 'CUM%', align: 'right' },
  { head: 'FUNCTION', cut: 'end' },
  { head: 'FILE', cut: 'start' },
];

function cellsOf(top: TopEntry[], totalNanos: number): string[][] {
  let sum = 0;
  return top.map(entry => {
    sum += entry.flat;
    return [
      formatMillis(entry.flat / 1e6),
      `${entry.flatPercent.toFixed(1)}%`,
      `${(totalNanos === 0 ? 0 : (sum / totalNanos) * 100).toFixed(1)}%`,
      formatMillis(entry.cum / 1e6),
      `${entry.cumPercent.toFixed(1)}%`,
      entry.function === '' ? '(anonymous)' : entry.function,
      entry.file === '' ? '' : `${entry.file}:${entry.line}`,
    ];
  });
}
