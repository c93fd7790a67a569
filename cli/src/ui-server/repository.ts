/**
 * Where a source file is on the web: its repository at the commit that is checked out here, when the checkout tells both. Reads three files of
 * the checkout's own (gitrepository-layout(5)): HEAD, what that refers to, and config, of which only the address of `origin` is used.
 */

import { dirname, join, relative } from 'node:path';
import { openReal } from './open-source.js';

/** A large repository packs its references into one file. */
const maxBytes = 4 * 1024 ** 2;
/** Of an address. */
const maxLine = 2048;
const commitPattern = /^[0-9a-f]{40,64}$/;

/** By what a host is called: how its addresses of a line are made. Hosts of other names have none that is known. */
const forges: [host: RegExp, address: (commit: string, path: string) => string][] = [
  [/(?:^|\.)github\./, (commit, path) => `blob/${commit}/${path}#L{line}`],
  [/(?:^|\.)gitlab\./, (commit, path) => `-/blob/${commit}/${path}#L{line}`],
  [/(?:^|\.)bitbucket\.org$/, (commit, path) => `src/${commit}/${path}#lines-{line}`],
  [/(?:^|\.)codeberg\.org$|(?:^|\.)gitea\./, (commit, path) => `src/commit/${commit}/${path}#L{line}`],
];

export interface InRepository {
  commit: string;
  /** With {line}. */
  address: string;
}

/** `file` is a real path. Undefined where anything of it is not known. */
export function repositoryOf(file: string): InRepository | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const head = read(join(folder, '.git/HEAD'));
    if (head !== undefined) return inCheckout(folder, head.trim(), file);
    if (folder === dirname(folder)) return undefined;
  }
}

function inCheckout(folder: string, head: string, file: string): InRepository | undefined {
  const commit = commitOf(folder, head);
  const origin = originOf(read(join(folder, '.git/config')) ?? '');
  const at = origin === undefined ? undefined : webAddress(origin);
  const form = forges.find(([host]) => at !== undefined && host.test(at.host))?.[1];
  if (commit === undefined || at === undefined || form === undefined) return undefined;
  const path = relative(folder, file).split('/').map(encodeURIComponent).join('/');
  return { commit, address: `https://${at.host}/${at.path}/${form(commit, path)}` };
}

/** The value of `url` in the section of the remote `origin` (git-config(1)). */
function originOf(config: string): string | undefined {
  let isOrigin = false;
  for (const line of config.split('\n')) {
    const text = line.length > maxLine ? '' : line.trim();
    const equals = text.indexOf('=');
    if (text.startsWith('[')) isOrigin = text === '[remote "origin"]';
    else if (isOrigin && equals >= 0 && text.slice(0, equals).trimEnd() === 'url') return text.slice(equals + 1).trim();
  }
  return undefined;
}

function commitOf(folder: string, head: string): string | undefined {
  if (commitPattern.test(head)) return head;
  const name = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  if (name === undefined || name.includes('..')) return undefined;
  const loose = read(join(folder, '.git', name))?.trim();
  if (loose !== undefined) return commitPattern.test(loose) ? loose : undefined;
  const packed = read(join(folder, '.git/packed-refs'))?.split('\n') ?? [];
  return packed.find(line => line.endsWith(` ${name}`) && commitPattern.test(line.split(' ')[0] ?? ''))?.split(' ')[0];
}

/** `https://host/owner/name.git`, `ssh://git@host:22/owner/name` and `git@host:owner/name`, without any user, secret or port. */
function webAddress(remote: string): { host: string; path: string } | undefined {
  const [, host, path] =
    /^(?:https?|ssh|git):\/\/(?:[^/@]*@)?([\w.-]+)(?::\d+)?\/([\w./~-]+?)(?:\.git)?\/?$/.exec(remote) ??
    /^(?:[\w.-]+@)?([\w.-]+):(?!\/)([\w./~-]+?)(?:\.git)?\/?$/.exec(remote) ??
    [];
  return host === undefined || path === undefined ? undefined : { host, path };
}

function read(path: string): string | undefined {
  try {
    const opened = openReal(path, maxBytes);
    return 'why' in opened ? undefined : opened.text;
  } catch {
    return undefined;
  }
}
