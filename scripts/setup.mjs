// `npm run setup`: makes a checkout ready to run with Node's built-ins alone: installs packages when they are missing or changed, and
// builds what is stale. `npm test`, `npm run demo` and `npm run lint` call it first, so nobody has to.
//
// It imports only what Node 16 has, so that an old Node gets a sentence instead of a stack.

import { pathToFileURL } from 'node:url';
import { installBrowser } from './setup/browser.mjs';
import { build } from './setup/build.mjs';
import { SetupError } from './setup/error.mjs';
import { withLock } from './setup/lock.mjs';
import { checkNode } from './setup/node-version.mjs';
import { installNodes } from './setup/nodes.mjs';
import { installPackages } from './setup/packages.mjs';
import { root } from './setup/root.mjs';

/**
 * Sets up the checkout; every step is skipped when there is nothing to do. Throws `SetupError`.
 * @param {{ build?: boolean, browser?: boolean, nodes?: boolean }} [options] `browser`, `nodes`: also what the tests with a browser, and with other Nodes, need.
 */
export async function setup(options = {}) {
  checkNode(process.versions.node);
  await withLock(root, say, async () => {
    await installPackages(root, say);
    if (options.build !== false) await build(root, say);
    if (options.browser === true) await installBrowser(root, say);
    if (options.nodes === true) await installNodes(root, say);
  });
}

/**
 * `setup`, for a script's first line: prints what went wrong and ends the script with code 1.
 * @param {Parameters<typeof setup>[0]} [options]
 */
export async function setupOrExit(options) {
  try {
    await setup(options);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`setup: ${error.message}`);
    if (error.next !== undefined) console.error(`       ${error.next}`);
    process.exit(1);
  }
}

/** Progress goes to stderr: what a command prints on stdout may be read by a program. @param {string} line */
function say(line) {
  console.error(`setup: ${line}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await setupOrExit();
