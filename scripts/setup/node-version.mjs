// The oldest Node that everything here runs on: the first 20 that `require`s ES modules, as "engines" says in every package.json.

import { SetupError } from './error.mjs';

const oldest = { major: 20, minor: 19 };

/** Throws when `version` (as in process.versions.node) is too old. @param {string} version */
export function checkNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return;
  throw new SetupError(
    `this is Node ${version}, and nops needs Node ${oldest.major}.${oldest.minor} or newer.`,
    'Install a newer Node (20.19, 22, 24 or 26) and run the command again.',
  );
}
