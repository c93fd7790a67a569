// Bundles the command. Without a bundle, or with one that is older than what tsc compiled, cli/bin/nops.js runs the compiled modules: the
// same command, slower to start.

import { bundle } from './bundle.mjs';

/** @type {import('./bundle.mjs').Bundle} */
const command = {
  name: 'the command',
  config: 'cli/rolldown.config.mjs',
  bundle: 'cli/bundle/main.cjs',
  packages: ['cli', 'core', 'probe'],
};

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function buildCommand(root, say) {
  await bundle(root, command, say);
}
