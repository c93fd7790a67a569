// Compiles what is stale (tsc -b knows) and removes compiled files whose source is gone, so that nothing deleted is ever run.

import fs from 'node:fs';
import path from 'node:path';
import { buildAttach } from './build-attach.mjs';
import { buildCommand } from './build-command.mjs';
import { buildPage } from './build-page.mjs';
import { buildTypes } from './build-types.mjs';
import { copyAgent } from './copy-agent.mjs';
import { SetupError } from './error.mjs';
import { run } from './run.mjs';

const deadlineMs = 300_000;

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function build(root, say) {
  const started = Date.now();
  for (const project of projects(root)) removeStale(project.dist, project.sources);
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await run(process.execPath, [tsc, '-b'], { cwd: root, deadlineMs });
  if (code !== 0) {
    throw new SetupError(
      `the build failed:\n${output.trimEnd()}`,
      'Repair the errors above, then run the command again.',
    );
  }
  await buildPage(root, say);
  await buildAttach(root, say);
  copyAgent(root);
  buildTypes(root);
  await buildCommand(root, say);
  say(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Each referenced project's output folder and the folder its sources are in; the page is Vite's. @param {string} root */
function projects(root) {
  /** @type {{ references: { path: string }[] }} */
  const { references } = JSON.parse(fs.readFileSync(path.join(root, 'tsconfig.json'), 'utf8'));
  const compiled = references.filter(reference => reference.path !== 'ui');
  return compiled.map(reference => {
    const folder = path.join(root, reference.path);
    const sources = path.join(folder, 'src');
    return { dist: path.join(folder, 'dist'), sources: fs.existsSync(sources) ? sources : folder };
  });
}

/**
 * Removes from `dist` what tsc made of a file that is no longer in `sources`.
 * @param {string} dist
 * @param {string} sources
 */
function removeStale(dist, sources) {
  if (!fs.existsSync(dist)) return;
  for (const entry of fs.readdirSync(dist, { withFileTypes: true })) {
    const built = path.join(dist, entry.name);
    if (entry.isDirectory()) {
      removeStale(built, path.join(sources, entry.name));
      continue;
    }
    const stem = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(entry.name)?.[1];
    if (stem === undefined) continue;
    const hasSource = ['.ts', '.tsx'].some(ending => fs.existsSync(path.join(sources, stem + ending)));
    if (!hasSource) fs.rmSync(built);
  }
}
