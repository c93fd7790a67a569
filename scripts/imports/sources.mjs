// Finds the TypeScript files of the packages and reads what each imports, and where it ends the process or writes to its standard streams.

import fs from 'node:fs';
import path from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/**
 * One file; `file` is relative to the root, with slashes.
 * @typedef {{ file: string, imports: { specifier: string, line: number }[], exits: number[], writes: number[],
 *   fromFs: { name: string, line: number }[], problems: { line: number, message: string }[] }} Source
 * `fromFs`: what it imports of node:fs and node:fs/promises, by the names there; all of it is `promises`.
 */

const isTypeScript = /\.[cm]?tsx?$/;
const isDeclaration = /\.d\.[cm]?ts$/;
const skipped = new Set(['node_modules', 'dist', 'reference']);

/**
 * @param {string} root
 * @param {string[]} folders relative to `root`; one inside another is read once
 * @returns {Source[]}
 */
export function readSources(root, folders) {
  const outermost = folders.filter(folder => !folders.some(other => folder.startsWith(`${other}/`)));
  return outermost.flatMap(folder => list(root, folder)).map(file => readSource(root, file));
}

/** @param {string} root @param {string} folder @returns {string[]} */
function list(root, folder) {
  const full = path.join(root, folder);
  if (!fs.existsSync(full)) return [];
  return fs.readdirSync(full, { withFileTypes: true }).flatMap(entry => {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : list(root, file);
    return isTypeScript.test(entry.name) && !isDeclaration.test(entry.name) ? [file] : [];
  });
}

/** @param {string} root @param {string} file @returns {Source} */
function readSource(root, file) {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  const { program, comments, errors } = parseSync(file, text);
  const lineOf = (/** @type {number} */ offset) => text.slice(0, offset).split('\n').length;
  /** @type {Source} */
  const source = { file, imports: [], exits: [], writes: [], fromFs: [], problems: [] };
  for (const error of errors)
    source.problems.push({ line: lineOf(error.labels[0]?.start ?? 0), message: error.message });

  /** @param {{ type: string, value?: unknown, start: number } | null | undefined} node the module's name */
  const add = node => {
    if (node == null) return;
    if (node.type === 'Literal' && typeof node.value === 'string') {
      source.imports.push({ specifier: node.value, line: lineOf(node.start) });
    }
  };
  /** What this file calls the process. */
  const processNames = new Set(['process']);
  /** `process`, `globalThis.process`. @param {any} node @returns {boolean} */
  const isProcess = node => {
    if (node?.type === 'Identifier') return processNames.has(node.name);
    return node?.type === 'MemberExpression' && memberOf(node) === 'process';
  };
  /** Takes note of a member of process that few may use. @param {string | undefined} name @param {{ start: number }} node */
  const use = (name, node) => {
    if (name === 'exit') source.exits.push(lineOf(node.start));
    if (name === 'stdout' || name === 'stderr') source.writes.push(lineOf(node.start));
  };

  for (const comment of comments) {
    // `/// <reference types="node" />` would bring in what the compiler's options keep out.
    const match =
      comment.type === 'Line' ? /^\/\s*<reference\s+(?:types|lib|path)=["']([^"']+)/.exec(comment.value) : null;
    if (match !== null) {
      source.problems.push({
        line: lineOf(comment.start),
        message: `refers to ${match[1]} in a comment; say it in tsconfig.json or import it`,
      });
    }
  }
  new Visitor({
    ImportDeclaration: node => {
      add(node.source);
      if (/^(?:node:)?fs(?:\/promises)?$/.test(node.source.value) && node.importKind !== 'type') {
        for (const one of node.specifiers) {
          const name = one.type === 'ImportSpecifier' ? nameOf(one.imported) : 'promises';
          source.fromFs.push({ name: name ?? '', line: lineOf(one.start) });
        }
      }
      if (!isProcessModule(node.source.value)) return;
      for (const one of node.specifiers) {
        if (one.type !== 'ImportSpecifier') processNames.add(one.local.name);
        else use(nameOf(one.imported), one);
      }
    },
    ExportNamedDeclaration: node => add(node.source),
    ExportAllDeclaration: node => add(node.source),
    ImportExpression: node => add(node.source),
    TSImportType: node => add(node.source),
    TSExternalModuleReference: node => add(node.expression),
    CallExpression: node => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') add(node.arguments[0]);
    },
    MemberExpression: node => {
      if (isProcess(node.object)) use(memberOf(node), node);
      if (node.object.type === 'Identifier' && node.object.name === 'console') source.writes.push(lineOf(node.start));
    },
    VariableDeclarator: node => {
      if (node.id.type !== 'ObjectPattern' || !isProcess(node.init)) return;
      for (const one of node.id.properties) if (one.type === 'Property') use(nameOf(one.key), one);
    },
  }).visit(program);
  return source;
}

/** @param {unknown} name */
function isProcessModule(name) {
  return name === 'node:process' || name === 'process';
}

/** The name in `a.name` and `a['name']`. @param {any} node */
function memberOf(node) {
  return node.computed && node.property.type !== 'Literal' ? undefined : nameOf(node.property);
}

/** @param {any} node @returns {string | undefined} */
function nameOf(node) {
  return node.type === 'Literal' ? String(node.value) : node.name;
}
