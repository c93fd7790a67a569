/**
 * Whether accounts sum to what a client sees: mean latency by autocannon beside the mean account of the same requests, at rates from idle to
 * saturated. Below 30 % of utilization they should be the same within 5 %; above that what they differ by is time before the process saw
 * the request (in the kernel's queues and the client's), which no tool within it can know.
 *
 *   node bench/dist/trace/latency.js [seconds]
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Accounts } from '@nops/core/trace/account';
import { columns } from '@nops/core/trace/columns';
import { groupTasks } from '@nops/core/trace/groups';
import { loopReport } from '@nops/core/trace/report/loop';
import autocannon from 'autocannon';
import { loadTrace } from 'nops/dist/trace/load.js';

const seconds = Number(process.argv[2] ?? 5);
const agent = import.meta.resolve('@nops/agent/register');
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const child = fork(new URL('./server.js', import.meta.url), ['slow'], {
  execArgv: ['--import', agent],
  env: { ...process.env, NOPS_DIR: folder },
});
const [{ port }] = (await once(child, 'message')) as [{ port: number }];
const url = `http://127.0.0.1:${port}/`;
await autocannon({ url, connections: 10, duration: 2 });
for (const [connections, overallRate] of [
  [5, 50],
  [10, 150],
  [20, 400],
  [50, undefined],
  [600, undefined],
] as const) {
  const recording = record();
  // The recorder has begun by then.
  await new Promise(resolve => setTimeout(resolve, 700));
  // Its correction for coordinated omission would count requests that were never sent.
  const rate = overallRate === undefined ? {} : { overallRate, ignoreCoordinatedOmission: true };
  const result = await autocannon({ url, connections, duration: seconds, ...rate });
  const trace = await loadTrace(await recording);
  const group = groupTasks(trace, new Accounts(trace), ['http-server'])[0];
  const account = columns.reduce((sum, column) => sum + (group?.accountMs[column] ?? 0), 0);
  const { utilization } = loopReport(trace);
  const before = result.latency.average - account;
  console.log(
    [
      `${result.requests.average.toFixed(0).padStart(5)} requests/s`,
      `loop ${(utilization * 100).toFixed(0)} % busy`,
      `autocannon ${result.latency.average.toFixed(2)} ms`,
      `accounts ${account.toFixed(2)} ms`,
      `before the process saw it ${before.toFixed(2)} ms (${((100 * before) / result.latency.average).toFixed(1)} %)`,
    ].join('   '),
  );
}
child.disconnect();

function record(): Promise<Buffer> {
  const name = readdirSync(folder).find(file => file.endsWith('.sock')) ?? '';
  const path = `/debug/pprof/trace?seconds=${seconds + 3}`;
  return new Promise((resolve, reject) => {
    get({ socketPath: join(folder, name), path, headers: { host: 'localhost' }, agent: false }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
    }).on('error', reject);
  });
}
