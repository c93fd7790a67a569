// Bundles the agent as `nops attach` injects it: one text with everything inside.

import { bundle } from './bundle.mjs';

/** @type {import('./bundle.mjs').Bundle} */
const injected = {
  name: 'the agent to inject',
  config: 'agent/rolldown.config.mjs',
  bundle: 'agent/bundle/attach.js',
  packages: ['agent', 'core', 'probe'],
};

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function buildAttach(root, say) {
  await bundle(root, injected, say);
}
