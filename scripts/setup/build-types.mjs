// The types of `import … from 'nops'` as a package alone has them: the declarations that tsc made of cli/src/library/index.ts and of what
// it exports, copied to cli/types/ beside each other. A copy, because what rolls declarations up needs TypeScript's API, which 7 does not
// have yet; and `.d.cts`, because what runs is CommonJS.

import fs from 'node:fs';
import path from 'node:path';

/** @param {string} root */
export function buildTypes(root) {
  const from = path.join(root, 'cli', 'dist', 'library', 'index.d.ts');
  const to = path.join(root, 'cli', 'types');
  /** @type {Map<string, string>} */
  const files = new Map();
  if (fs.existsSync(from)) collect(root, from, files);
  fs.mkdirSync(to, { recursive: true });
  for (const name of fs.readdirSync(to)) if (!files.has(name)) fs.rmSync(path.join(to, name));
  for (const [name, text] of files) fs.writeFileSync(path.join(to, name), text);
}

/** @param {string} root @param {string} file @param {Map<string, string>} files by the name that each gets; the name of this one */
function collect(root, file, files) {
  const name = path.basename(file).replace(/\.d\.ts$/, '.d.cts');
  if (files.has(name)) return name;
  files.set(name, '');
  const text = fs.readFileSync(file, 'utf8').replace(/(?<=^(?:import|export) [^;]*from ')[^']+(?=';$)/gm, specifier => {
    return `./${collect(root, locate(root, file, specifier), files).replace(/\.d\.cts$/, '.cjs')}`;
  });
  files.set(name, text.replace(/\n\/\/# sourceMappingURL=.*/, ''));
  return name;
}

/** @param {string} root @param {string} importer @param {string} specifier */
function locate(root, importer, specifier) {
  if (specifier.startsWith('.')) return path.join(path.dirname(importer), specifier.replace(/\.js$/, '.d.ts'));
  const [, name = '', rest = ''] = /^@nops\/(core|probe)\/(.+)$/.exec(specifier) ?? [];
  if (name === '') throw new Error(`${importer} has types of ${specifier}, which is no part of nops`);
  return path.join(root, name, 'dist', `${rest}.d.ts`);
}
