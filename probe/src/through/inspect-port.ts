/** Where a process's inspector would listen when it is asked to: from its command line and NODE_OPTIONS, src/node_options.cc. */

import { parseCommandLine } from '../beside/command-line.js';
import { tryReadText } from '../beside/procfs.js';
import { readEnvironmentVariable } from '../beside/started-with.js';

export interface InspectPort {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Asked for at the start: it listens already, unless it was closed since. */
  isOpened: boolean;
  /** `--disable-sigusr1` (22.14 on): no signal starts it. */
  isDisabled: boolean;
  /** `--permission` (`--experimental-permission` before 23.5) without `--allow-inspector`, which is of Node 26. */
  isForbidden: boolean;
}

const options = /^--(?:inspect(?:-brk|-wait|-port)?|debug-port)(?:=(.*))?$/;
const usual = { host: '127.0.0.1', port: 9229 };

export function readInspectPort(pid: number): InspectPort {
  const { argv } = parseCommandLine(tryReadText(pid, 'cmdline') ?? '');
  const words = [...splitNodeOptions(readEnvironmentVariable(pid, 'NODE_OPTIONS') ?? ''), ...argv.slice(1)];
  return parseInspectPort(words.map(withDashes));
}

/** Words between spaces; double quotes hold some together, in which a backslash takes what follows as it is (ParseNodeOptionsEnvVar). */
function splitNodeOptions(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  const characters = text[Symbol.iterator]();
  for (const character of characters) {
    if (!isQuoted && character.trim() === '') {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= '';
    if (character === '"') isQuoted = !isQuoted;
    else word += isQuoted && character === '\\' ? (characters.next().value ?? '') : character;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Node takes `--inspect_port` for `--inspect-port`. */
function withDashes(word: string): string {
  return word.replace(/^--[^=]+/, name => name.replaceAll('_', '-'));
}

/** Later words win, as Node reads them; a word that is the app's own and looks like an option is taken too, to be on the safe side. */
function parseInspectPort(words: readonly string[]): InspectPort {
  const result: InspectPort = {
    ...usual,
    isOpened: words.some(word => /^--inspect(?:-brk|-wait)?(?:=|$)/.test(word)),
    isDisabled: words.includes('--disable-sigusr1'),
    isForbidden:
      words.some(word => /^--(?:experimental-)?permission$/.test(word)) && !words.includes('--allow-inspector'),
  };
  for (const [index, word] of words.entries()) {
    const match = options.exec(word);
    if (match === null) continue;
    const takesNext = match[1] === undefined && /-port$/.test(word);
    Object.assign(result, parseAddress(match[1] ?? (takesNext ? words[index + 1] : undefined) ?? ''));
  }
  return result;
}

/** `port`, `host`, `host:port`, `[::1]:port`. */
function parseAddress(text: string): Partial<Pick<InspectPort, 'host' | 'port'>> {
  if (text === '') return {};
  if (/^\d+$/.test(text)) return { port: Number(text) };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text);
  if (match === null) return { host: text };
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '');
  return { host: host === '' ? usual.host : host, ...(match[2] === undefined ? {} : { port: Number(match[2]) }) };
}

/** Whether only this machine can connect to it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
