/** Whether a process is Node's, from its executable's name; loads little, since every command that takes a pid asks it first. */

import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { ElfFile } from './elf/elf-file.js';
import { libnodePath } from './libnode.js';
import { errnoOf, orUndefined, procPath, readStat, readWords } from './procfs.js';

/** node, nodejs, node22, node-20.19, as distributions call it. */
const nodeName = /^node(?:js)?(?:-?v?\d+(?:\.\d+)*)?$/;

/**
 * Whether `pid` is a Node process: its executable is called node, has libnode mapped (embedders), or Node inside. `maybe`: its executable may
 * not be read, but it is called like one. False for processes that are gone, kernel threads and zombies.
 */
export function isNode(pid: number): boolean | 'maybe' {
  const named = isNamedNode(pid);
  return named === false ? libnodePath(pid) !== undefined || hasNodeInside(pid) : named;
}

/** A single executable application, or a node by another name: its file has Node's own entry (node::Start of src/node.cc) and V8's constants. */
function hasNodeInside(pid: number): boolean {
  let elf: ElfFile | undefined;
  try {
    elf = new ElfFile(`${procPath(pid)}/exe`);
    const names = ['_ZN4node5StartEiPPc', 'v8dbg_TaggedSize'];
    return elf.find(names, []).size === names.length;
  } catch {
    return false; // no file that may be opened, or no executable of ours: errors say which, and nobody asks
  } finally {
    elf?.close();
  }
}

/** Like `isNode` by name alone: cheap enough for every process of the machine. */
export function isNamedNode(pid: number): boolean | 'maybe' {
  try {
    const exe = readlinkSync(`${procPath(pid)}/exe`).replace(/ \(deleted\)$/, '');
    return nodeName.test(basename(exe));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return (errno === 'EACCES' || errno === 'EPERM') && looksLikeNode(pid) ? 'maybe' : false;
  }
}

/** The first word of its command line, up to a space as process.title has them. */
function looksLikeNode(pid: number): boolean {
  const [program = ''] = (orUndefined(() => readWords(pid, 'cmdline')) ?? '').split(/[\0 ]/, 1);
  if (nodeName.test(basename(program))) return true;
  const stat = orUndefined(() => readStat(pid));
  return stat !== undefined && !stat.kernelThread && (nodeName.test(stat.comm) || stat.comm === 'node-MainThread');
}
