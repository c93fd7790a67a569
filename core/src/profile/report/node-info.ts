/** What makes frames one node of a report: Go's NodeInfo. Which of it is left depends on the granularity. */

import { trimEnd } from '../../units/trim-end.js';
import type { Profile } from '../model.js';

export interface NodeInfo {
  name: string;
  /** '' where there is none; cleaned as Go's filepath.Clean does. */
  file: string;
  /** 0 where there is none. */
  line: number;
  column: number;
  startLine: number;
  address: bigint;
  /** The file of its mapping; only where it tells nodes apart. */
  object: string;
}

/** The node of line `k` of location `l`; of the location alone when it has no lines (k is −1). `objects`: mappings tell nodes apart. */
export function nodeInfo(profile: Profile, l: number, k: number, objects: boolean): NodeInfo {
  const address = profile.addresses[l] ?? 0n;
  const object = profile.mappings[(profile.locationMappings[l] ?? 0) - 1]?.file ?? '';
  if (k < 0) return { name: '', file: '', line: 0, column: 0, startLine: 0, address, object };
  const f = profile.lineFunctions[k] ?? 0;
  const name = profile.functionNames[f] ?? '';
  const file = profile.functionFiles[f] ?? '';
  const keep = objects || name === '';
  return {
    name,
    file: file === '' ? '' : cleanPath(file),
    line: profile.lines[k] ?? 0,
    column: profile.columns[k] ?? 0,
    startLine: keep ? (profile.functionStartLines[f] ?? 0) : 0,
    address,
    object: keep ? object : '',
  };
}

export function nodeKey({ name, file, line, column, startLine, address, object }: NodeInfo): string {
  return `${name}\0${file}\0${line}:${column}\0${startLine}\0${address}\0${object}`;
}

export function nameParts({ name, file, line, column, address, object }: NodeInfo): string[] {
  const parts = address === 0n ? [] : [address.toString(16).padStart(16, '0')];
  if (name !== '') parts.push(name);
  if (line !== 0) parts.push(column === 0 ? `${file}:${line}` : `${file}:${line}:${column}`);
  else if (file !== '') parts.push(file);
  else if (name === '') parts.push(object === '' ? '<unknown>' : `[${baseName(object)}]`);
  return parts;
}

export function printableName(info: NodeInfo): string {
  return nameParts(info).join(' ');
}

/** What is after the last slash. */
export function baseName(path: string): string {
  const bare = trimEnd(path, '/');
  return path !== '' && bare === '' ? '/' : bare.slice(bare.lastIndexOf('/') + 1);
}

/** Go's filepath.Clean: without empty and `.` elements, and `..` taken with what is before it. */
export function cleanPath(path: string): string {
  if (!/\/\/|(?:^|\/)\.\.?(?:\/|$)|.\/$/.test(path)) return path;
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (part !== '..' || !rooted) kept.push(part);
  }
  return `${rooted ? '/' : ''}${kept.join('/')}` || '.';
}
