// Finds what an import means: a source file of ours, a module of Node's, or a package.

import fs from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';

/**
 * @typedef {{ kind: 'file', file: string, relative: boolean } | { kind: 'node', name: string } |
 *   { kind: 'npm', name: string, declared: boolean } | { kind: 'missing', why: string }} Target
 */

const builtins = new Set(builtinModules);
/** What the compiler writes, and what it was made of. */
const sourceEndings = [
  ['.js', ['.ts', '.tsx']],
  ['.mjs', ['.mts']],
  ['.cjs', ['.cts']],
];

/** @param {string} root @returns {(file: string, specifier: string) => Target} */
export function createResolver(root) {
  const manifests = readManifests(root);

  /** @param {string} file relative to `root` @returns {string | undefined} */
  function sourceOf(file) {
    for (const [ending, endings] of /** @type {[string, string[]][]} */ (sourceEndings)) {
      if (!file.endsWith(ending)) continue;
      const stem = file.slice(0, -ending.length);
      const found = endings.map(one => stem + one).find(one => fs.existsSync(path.join(root, one)));
      if (found !== undefined) return found;
    }
    return fs.existsSync(path.join(root, file)) ? file : undefined;
  }

  /** @param {string} specifier @param {string} name @param {{ folder: string, exports: unknown }} owner @returns {Target} */
  function resolveOwn(specifier, name, owner) {
    const built = exported(owner.exports, `.${specifier.slice(name.length)}`);
    if (built === undefined) return { kind: 'missing', why: `${name} does not export it` };
    const file = sourceOf(path.posix.join(owner.folder, built.replace(/^\.\/dist\//, './src/')));
    if (file === undefined) return { kind: 'missing', why: 'it has no source file' };
    return { kind: 'file', file, relative: false };
  }

  return (file, specifier) => {
    if (specifier.startsWith('.')) {
      const found = sourceOf(path.posix.join(path.posix.dirname(file), specifier));
      return found === undefined
        ? { kind: 'missing', why: 'there is no such file' }
        : { kind: 'file', file: found, relative: true };
    }
    const bare = specifier.replace(/^node:/, '');
    if (specifier.startsWith('node:') || builtins.has(bare)) return { kind: 'node', name: bare };
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const own = manifests.find(manifest => manifest.name === name);
    if (own !== undefined) return resolveOwn(specifier, name, own);
    const importer = manifests.find(manifest => file.startsWith(`${manifest.folder}/`));
    return { kind: 'npm', name, declared: importer === undefined || importer.declares.has(name) };
  };
}

/** The workspaces' package.json files. @param {string} root */
function readManifests(root) {
  const folders = fs.readdirSync(root, { withFileTypes: true }).filter(entry => entry.isDirectory());
  return folders.flatMap(({ name: folder }) => {
    const file = path.join(root, folder, 'package.json');
    if (!fs.existsSync(file)) return [];
    const { name, exports, dependencies, devDependencies, optionalDependencies, peerDependencies } = JSON.parse(
      fs.readFileSync(file, 'utf8'),
    );
    const declared = { ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies };
    return [{ folder, name, exports, declares: new Set(Object.keys(declared)) }];
  });
}

/** What `exports` of a package.json answers for `key` (`.` or `./a/b`), wildcards included. @param {any} exports @param {string} key @returns {string | undefined} */
function exported(exports, key) {
  if (exports === undefined) return key;
  for (const [pattern, target] of Object.entries(exports)) {
    const answer = typeof target === 'string' ? target : /** @type {any} */ (target).default;
    if (pattern === key) return answer;
    const [before = '', after] = pattern.split('*');
    if (after === undefined || !key.startsWith(before) || !key.endsWith(after)) continue;
    return answer.replaceAll('*', key.slice(before.length, key.length - after.length));
  }
  return undefined;
}
