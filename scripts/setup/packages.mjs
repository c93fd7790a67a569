// Installs the packages of the lock file when they are missing or changed. What was installed is remembered as a hash in a stamp inside
// node_modules, so that removing node_modules removes the stamp too.
//
// `npm install --no-save` and not `npm ci`: npm 11's refuses a lock file in which an optional package of another platform is missing,
// which is what npm writes where the registry lacks it. What `npm ci` would also check, that lock file and package.json fit, is done here.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './error.mjs';
import { run, withoutAddresses } from './run.mjs';

/** Twice what a slow line needs. */
const deadlineMs = 600_000;
const answerMs = 60_000;
const shownLines = 30;
const again = 'then run the command again.';

/** The npm error codes that mean "nobody answered". */
const network =
  /\b(E(?:AI_AGAIN|NOTFOUND|CONNREFUSED|CONNRESET|TIMEDOUT|HOSTUNREACH|NETUNREACH|SOCKETTIMEDOUT)|ERR_SOCKET_TIMEOUT)\b/;

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function installPackages(root, say) {
  const stamp = path.join(root, 'node_modules', '.nops-installed');
  const wanted = hashOfInputs(root);
  if (readText(stamp) === wanted) return;
  checkLock(root);
  say('installing packages (npm install)');
  const started = Date.now();
  await checkRegistry(root);
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--include=dev', '--include=optional'];
  const { code, output } = await npm(root, [...args, '--fetch-timeout=60000'], deadlineMs);
  if (code !== 0) throw explain(code, output);
  fs.writeFileSync(stamp, wanted);
  say(`installed packages in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** What decides about node_modules: the lock file, npm's settings, what each package.json says about packages, and the platform. @param {string} root */
function hashOfInputs(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of ['package-lock.json', '.npmrc']) hash.update(readText(path.join(root, file)) ?? '').update('\0');
  const { workspaces } = readManifest(root);
  for (const folder of ['.', ...workspaces]) {
    const { scripts: _, description: __, exports: ___, ...relevant } = readManifest(path.join(root, folder));
    hash.update(JSON.stringify(relevant)).update('\0');
  }
  return hash.digest('hex');
}

/** Throws when a package.json asks for something else than the lock file records. @param {string} root */
function checkLock(root) {
  /** @type {{ packages?: Record<string, Record<string, unknown>> }} */
  const { packages = {} } = JSON.parse(readText(path.join(root, 'package-lock.json')) ?? '{}');
  for (const folder of ['', ...readManifest(root).workspaces]) {
    const manifest = readManifest(path.join(root, folder));
    for (const key of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      if (sorted(manifest[key]) === sorted(packages[folder]?.[key])) continue;
      throw new SetupError(
        `${path.join(folder, 'package.json')} and package-lock.json do not agree about ${key}.`,
        'Run "npm install" to bring the lock file up to date, then run the command again.',
      );
    }
  }
}

/** @param {unknown} versions */
function sorted(versions) {
  return JSON.stringify(Object.entries(versions ?? {}).sort());
}

/** @param {string} folder @returns {Record<string, unknown> & { workspaces: string[] }} */
function readManifest(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

/** @param {string} file */
function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Asks for one package that is needed. Without an answer `npm install` would try again for each of the packages that may be missing, which
 * takes minutes (8, measured).
 * @param {string} root
 */
async function checkRegistry(root) {
  const args = ['view', 'typescript', 'name', '--fetch-timeout=15000'];
  const { code, output } = await npm(root, [...args, '--fetch-retries=2', '--fetch-retry-maxtimeout=5000'], answerMs);
  if (code === 124 || code === 127 || (code !== 0 && network.test(output))) throw explain(code, output);
}

/** Runs the npm that started us, else the one in the PATH. @param {string} root @param {string[]} args @param {number} deadlineMs */
function npm(root, args, deadlineMs) {
  const script = process.env['npm_execpath'];
  const options = { cwd: root, deadlineMs };
  const all = [...args, '--loglevel=error', '--fetch-retry-mintimeout=1000'];
  if (script !== undefined && /npm-cli\.c?js$/.test(script)) return run(process.execPath, [script, ...all], options);
  return run('npm', all, options);
}

/** What npm's failure means and what to do. @param {number} code @param {string} output */
function explain(code, output) {
  if (code === 127) {
    return new SetupError('npm is not there.', `Install npm (Debian: apt-get install npm), ${again}`);
  }
  if (code === 124) {
    return new SetupError(
      'the packages could not be installed: npm was not done in time and was ended.',
      `Check the network, ${again}`,
    );
  }
  const unreachable = network.exec(output);
  if (unreachable !== null) {
    return new SetupError(
      `the packages could not be installed: the package registry did not answer (${unreachable[1]}).`,
      `Check the network, and npm's registry and proxy settings (npm config list), ${again}`,
    );
  }
  const shown = withoutAddresses(output).trimEnd().split('\n').slice(-shownLines).join('\n');
  return new SetupError(`npm install failed with code ${code}:\n${shown}`, `Repair what npm complains about, ${again}`);
}
