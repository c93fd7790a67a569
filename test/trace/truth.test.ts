/**
 * Programs with known waits, on every Node: each is accounted to its column, by as much as the program itself measured, within 2 ms or
 * 5 %. A busy machine makes waits longer, for the program's clock as for the trace, so nominal lengths are not compared.
 */

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Accounts } from '@nops/core/trace/account';
import { type Account, type Column, columns } from '@nops/core/trace/columns';
import { groupTasks } from '@nops/core/trace/groups';
import { type Trace, taskKinds } from '@nops/core/trace/model';
import { loadTrace } from 'nops/dist/trace/load.js';
import { makeFifo } from '../support/fifo.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister, ask, startTarget } from '../support/target.js';
import { beginTrace } from './service.js';
import { type Measured, waitsApp } from './waits-app.js';

/** The column of each route. What the loop and the collector take of a wait is theirs. */
const expected: Record<string, Column[]> = {
  timer: ['timer'],
  upstream: ['connect', 'firstByte', 'body'],
  fetch: ['connect', 'firstByte', 'body'],
  read: ['fs'],
  pool: ['threadpool'],
  dns: ['dns'],
  js: ['js'],
  three: ['timer'],
  child: ['child'],
  // Goes on in a task of V8's that async_hooks knows nothing of.
  shared: ['lock', 'unknown'],
};

/** Whole ones, however long they take on a busy machine: then the recording is ended. */
const rounds = 4;
/** The service notes a request's figures when its collections have been told. */
const notedMs = 100;

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`waits are accounted to their columns, Node ${version}`, {
    skip: node === undefined && 'not installed',
  }, async t => {
    const { trace, measured } = await record(t, node ?? '');
    const accounts = new Accounts(trace);
    const pairs = (route: string) =>
      requestsTo(trace, route).flatMap((task, index) => {
        const told = measured.filter(m => m.route === route)[index];
        return told === undefined ? [] : [{ account: accounts.of(task), told }];
      });
    for (const [route, wanted] of Object.entries(expected)) {
      await t.test(route, () => mostly(pairs(route).map(({ account, told }) => isTrue(account, told, wanted))));
    }
    await t.test('a GC storm', () => {
      mostly(
        pairs('gc').map(
          ({ account: { gc }, told: { gcMs } }) => within('gc', gc, gcMs) ?? (gcMs > 0 ? undefined : 'no GC'),
        ),
      );
    });
    await t.test('each request sums to what it measured from its start to its finish, and so do all', () => {
      const all = Object.keys(expected).flatMap(pairs);
      mostly(all.map(({ account, told }) => within(told.route, sumOf(account, columns), told.totalMs)));
      const sum = all.reduce((total, { account }) => total + sumOf(account, columns), 0);
      const of = all.reduce((total, { told }) => total + told.totalMs, 0);
      assert.ok(Math.abs(sum / of - 1) <= 0.05, `${sum} of ${of}`);
    });
    await t.test('a group is the mean of its tasks', () => {
      const group = groupTasks(trace, accounts, ['http-server']).find(({ name }) => name === 'GET /timer');
      const tasks = requestsTo(trace, 'timer');
      assert.equal(group?.count, tasks.length);
      const mean = tasks.reduce((sum, task) => sum + accounts.of(task).timer, 0) / tasks.length;
      assert.ok(Math.abs((group?.accountMs.timer ?? 0) - mean) < 1e-9);
    });
  });
}

/** Why a wait is not accounted for as it was measured; undefined: it is. */
function isTrue(account: Account, told: Measured, wanted: Column[]): string | undefined {
  // What comes before the handler's first line is its JavaScript too.
  const waited = wanted.includes('js') ? told.totalMs : told.waitMs;
  const of = `${waited.toFixed(2)} ms measured: ${describe(account)}`;
  const elsewhere = others(account, [...wanted, 'js', 'gc', 'loopWait']);
  if (elsewhere > tolerance(waited)) return `${elsewhere.toFixed(2)} ms are in other columns; ${of}`;
  const sum = sumOf(account, wanted);
  const queued = account.loopWait + account.gc + (wanted.includes('js') ? 0 : account.js);
  if (sum > waited + tolerance(waited) || sum + queued < waited - tolerance(waited) || sum + account.gc < waited / 2) {
    return `${sum.toFixed(2)} ms in ${wanted}; ${of}`;
  }
  return undefined;
}

function within(what: string, actual: number, wanted: number): string | undefined {
  return Math.abs(actual - wanted) <= tolerance(wanted) ? undefined : `${what}: ${actual} of ${wanted} ms measured`;
}

/** The machine may take the process off its CPU just between the reading of the one clock and of the other: half of the rounds must hold. */
function mostly(rounds: (string | undefined)[]): void {
  const failed = rounds.filter(round => round !== undefined);
  assert.ok(rounds.length > 0, 'nothing was recorded');
  assert.ok(failed.length <= rounds.length / 2, `${failed.length} of ${rounds.length} rounds: ${failed.join('\n')}`);
}

async function record(t: TestContext, node: string): Promise<{ trace: Trace; measured: Measured[] }> {
  const fifo = makeFifo(t);
  const env = { UPSTREAM: String(await slowUpstream(t)), DNS: String(await slowDns(t)), FIFO: fifo };
  // V8 collects often then, and not only when it finds time.
  const execArgv = ['--max-semi-space-size=2', '--import', agentRegister];
  const target = await startTarget(t, waitsApp, { node, env, execArgv });
  const port = Number(await target.said('port'));
  const get = (path: string) => ask({ host: '127.0.0.1', port, path });
  const round = async () => {
    for (const route of [...Object.keys(expected), 'gc']) {
      // Late enough for its request to be there and blocked.
      if (route === 'read') setTimeout(() => writeFileSync(fifo, 'x'), 40);
      assert.equal((await get(`/${route}`)).status, 200);
    }
  };
  // Loads what the routes need: that would be JavaScript of the first request.
  await round();
  await sleep(notedMs);
  await get('/forget');
  const response = await beginTrace(target, 'truth');
  assert.equal(response.statusCode, 200);
  const body = buffer(response);
  for (let number = 0; number < rounds; number++) await round();
  await sleep(notedMs);
  const measured = (await get('/measured')).json() as unknown as Measured[];
  assert.equal((await target.ask('/debug/nops/profile-stop?id=truth', { body: '' })).status, 200);
  const trace = await loadTrace(await body);
  assert.deepEqual([trace.end?.lost, trace.damaged, trace.header.missing], [0, 0, []]);
  return { trace, measured };
}

function requestsTo({ tasks, names }: Trace, route: string): number[] {
  return Array.from({ length: tasks.count }, (_, task) => task).filter(
    task => taskKinds[tasks.kind[task] ?? 0] === 'http-server' && names[tasks.name[task] ?? 0] === `GET /${route}`,
  );
}

function tolerance(ms: number): number {
  return Math.max(2, ms * 0.05);
}

function sumOf(account: Account, of: readonly Column[]): number {
  return of.reduce((sum, column) => sum + account[column], 0);
}

function others(account: Account, but: readonly Column[]): number {
  return sumOf(
    account,
    columns.filter(column => !but.includes(column)),
  );
}

function describe(account: Account): string {
  return columns
    .filter(column => account[column] > 0.005)
    .map(column => `${column} ${account[column].toFixed(2)}`)
    .join(', ');
}

async function slowUpstream(t: TestContext): Promise<number> {
  const server = createServer((_request, response) => void setTimeout(() => response.end('ok'), 30));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** Answers each question with 192.0.2.1 after a while: RFC 1035, one answer that points at the question's name. */
async function slowDns(t: TestContext): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 6);
    header.writeUInt16BE(0, 8);
    header.writeUInt16BE(0, 10);
    const end = question.indexOf(0, 12) + 5;
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1]);
    const packet = Buffer.concat([header, question.subarray(12, end), answer]);
    setTimeout(() => socket.send(packet, from.port, from.address), 80);
  });
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  return socket.address().port;
}
