/** While an inspector is open any local user can run code in the process. It is not opened where others could, and whoever does is noticed. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { readListeners } from '@nops/probe/through/listeners';
import { folder, nopsPath, run } from '../cli/helpers.js';
import { needsNetwork, ownNetwork } from '../support/network.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { needsRoot, nobody, readableCopy } from '../support/readable-copy.js';
import { startTarget, type Target, until } from '../support/target.js';
import { inspectorRacer, nameSquatter } from './attackers/local-users.js';

const skip = needsRoot || needsNetwork;
/** A system account, as a web server's or a database's: below UID_MIN. */
const account = 33;
const port = 9229;
const idle = `setInterval(() => {}, 1000); console.log('ready');`;
const copy = skip === false ? readableCopy({ after }) : undefined;

interface Scene {
  network: string[];
  target: Target;
  /** Runs nops in the network of the target. */
  nops: (...args: string[]) => ReturnType<typeof run>;
}

async function scene(t: TestContext, code = idle, node = process.execPath): Promise<Scene> {
  const network = await ownNetwork(t);
  const target = await startTarget(t, code, { prefix: network, node, execArgv: [], noSocket: true, type: 'cjs' });
  await target.said('ready');
  const [command = '', ...words] = network;
  const nops = (...args: string[]) =>
    run(command, [...words, process.execPath, nopsPath, ...args], { NOPS_SHARED_HOST: '', NOPS_DIR: target.folder });
  return { network, target, nops };
}

/** A program of another user in that network; resolves when it is ready. */
async function attacker(t: TestContext, network: string[], uid: number, program: string, ...args: string[]) {
  const [command = '', ...words] = network;
  const user = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const child = spawn(command, [...words, ...user, copy?.node ?? '', '-e', program, ...args], { cwd: '/' });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', chunk => {
    said += chunk;
  });
  await until(
    () => said.includes('ready') || undefined,
    () => 'the attacker to be ready',
  );
  return child;
}

const openings = (target: Target): number => target.output().stderr.match(/Debugger listening/g)?.length ?? 0;

function proofFile(t: TestContext): string {
  const at = mkdtempSync(join(tmpdir(), 'nops-proof-'));
  t.after(() => rmSync(at, { recursive: true }));
  return join(at, 'proof');
}

test('without other users it is opened, and closed by the time the answer comes', { skip }, async t => {
  const { target, nops } = await scene(t);
  const attached = await nops('attach', String(target.pid));
  assert.equal(attached.code, 0, attached.stderr);
  assert.equal(attached.stderr, '');
  assert.equal(openings(target), 1);
  assert.deepEqual([...readListeners(target.pid).own], []);
  const detached = await nops('detach', String(target.pid));
  assert.match(detached.stdout, /^detached agent/);
});

test('another person’s process in the same network: refused before the signal, unless it is allowed', {
  skip,
}, async t => {
  const { network, target, nops } = await scene(t);
  const proof = proofFile(t);
  const racer = await attacker(t, network, nobody, inspectorRacer, String(port), proof);
  for (const words of [
    ['attach'],
    ['cpu', '-s', '1'],
    ['pools'],
    ['set'],
    ['gc'],
    ['heap-snapshot'],
    ['eval', '1', '--run-in-process'],
  ]) {
    const [command = '', ...more] = words;
    const { code, stderr } = await nops(command, String(target.pid), ...more);
    assert.equal(code, 4, `${command}: ${stderr}`);
    assert.match(stderr, new RegExp(`uid ${nobody}.*process ${racer.pid}|uid ${nobody} \\(\\w+\\), such as process`));
    assert.match(stderr, /no signal was sent/);
    assert.match(stderr, /--shared-host/);
  }
  assert.equal(openings(target), 0);
  assert.equal(existsSync(proof), false);
  racer.kill('SIGKILL');
  // A bystander, who does not connect.
  await attacker(t, network, nobody, `console.log('ready'); setInterval(() => {}, 1000);`);
  const allowed = await nops('attach', String(target.pid), '--shared-host');
  assert.equal(allowed.code, 0, allowed.stderr);
  assert.match(allowed.stderr, new RegExp(`uid ${nobody}`));
});

for (const how of ['close', 'reset']) {
  test(`a service account that connects meanwhile (${how}): everything ends, and the process counts as compromised`, {
    skip,
  }, async t => {
    const { network, target, nops } = await scene(t);
    const proof = proofFile(t);
    writeFileSync(proof, '', { mode: 0o666 });
    await attacker(t, network, account, inspectorRacer, String(port), proof, how);
    let reported = 0;
    for (let round = 1; round <= 5; round++) {
      const ranBefore = statSync(proof).size;
      const { code, stdout, stderr } = await nops('eval', String(target.pid), '6 * 7', '--run-in-process');
      assert.match(stderr, /uid 33/);
      await until(
        () => readListeners(target.pid).own.size === 0 || undefined,
        () => 'the inspector to be closed',
      );
      if (code === 4) {
        reported++;
        assert.match(stderr, new RegExp(`treat process ${target.pid} as compromised`));
        assert.doesNotMatch(stdout, /42/);
      } else {
        // It was not quick enough to connect.
        assert.equal(code, 0, stderr);
        assert.equal(statSync(proof).size, ranBefore, 'its code ran, and nothing was said');
      }
    }
    assert.ok(reported > 0, 'it never connected');
    assert.equal(target.child.exitCode, null);
  });
}

for (const version of nodeVersions) {
  const node = nodeBinary(version) ?? '';
  test(`Node ${version}: a stranger who takes names keeps no inspector open, and nobody waiting`, {
    skip: skip || (node === '' ? `Node ${version} is not installed` : false),
  }, async t => {
    const go = join(folder, `go-${version}-${process.pid}`);
    const code = `const fs = require('node:fs'); console.log('ready');
while (!fs.existsSync(${JSON.stringify(go)})) for (const end = Date.now() + 20; Date.now() < end; );
console.log('free'); setInterval(() => {}, 1000);`;
    const { network, target, nops } = await scene(t, code, node);
    const { startTime } = await import('@nops/probe/beside/procfs').then(({ readStat }) => readStat(target.pid));
    const about = `${target.pid}-${startTime}`;
    const names = [`nops-inspector-${about}`, `nops-inspector-port-${port}`, `nops-watches-${about}`];
    await attacker(t, network, nobody, nameSquatter, ...names);
    const {
      code: exit,
      stdout,
      stderr,
    } = await nops('eval', String(target.pid), '6 * 7', '--run-in-process', '--shared-host');
    assert.equal(exit, 0, stderr);
    assert.match(stdout, /^42/);
    // The signal also asked the event loop, which opens it once more when it turns.
    writeFileSync(go, '');
    await target.said('free');
    await until(
      () => openings(target) === 2 || undefined,
      () => 'it to open once more',
    );
    await until(
      () => readListeners(target.pid).own.size === 0 || undefined,
      () => 'it to be closed',
    );
  });
}
