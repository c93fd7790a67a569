/** A real service with the agent in it, and the real `nops` asked about it. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Ended, nops } from '../cli/helpers.js';
import { agentEntry, startTarget, type Target } from '../support/target.js';

/**
 * A server, a pool that asks it, something busy, and a setting of the app's own that takes numbers only. Without OSR: V8 13.6 (Node 24)
 * does not know the code of a loop that Maglev replaced before a profile began, and gives its time to the caller.
 */
const service = `import http from 'node:http';
import v8 from 'node:v8';
v8.setFlagsFromString('--no-use-osr');
const { tunable } = await import(${JSON.stringify(agentEntry)});
let limit = 1;
tunable('app.limit', { get: () => limit, set: value => { if (typeof value !== 'number') throw new Error('a number, please'); limit = value; } });
const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1 });
function burn(ms) { const end = performance.now() + ms; let x = 0; while (performance.now() < end) x += Math.sqrt(x + 1); return x; }
const server = http.createServer((request, response) => response.end('ok'));
setInterval(burn, 40, 10);
server.listen(0, '127.0.0.1', () => {
  const ask = () => http.get({ port: server.address().port, host: '127.0.0.1', agent }, r => r.resume()).on('error', () => {});
  setInterval(() => { ask(); ask(); }, 25);
  console.log('ready', server.address().port);
});`;

export async function startService(
  t: TestContext,
  env: Record<string, string> = {},
): Promise<Target & { port: number }> {
  const target = await startTarget(t, service, { env });
  return { ...target, port: Number(await target.said('ready')) };
}

/** In the target's own folder, as its user would have it in the usual one. */
export function ask(target: Target, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return nops(args, { NOPS_DIR: target.folder, ...env });
}

export async function json<Result>(target: Target, ...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await ask(target, [...args, '--json']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, args.join(' '));
  return JSON.parse(stdout) as Result;
}

export function refused(ended: Ended, code: number, message: RegExp): void {
  assert.match(ended.stderr, message);
  assert.doesNotMatch(ended.stderr, /^\s+at /m, 'a refusal is no stack trace');
  assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code, stdout: '' });
}
