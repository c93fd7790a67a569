/** What a target on the command line names. Pure: nothing is looked up. */

import { NopsError } from '@nops/core/protocol/errors';

export type TargetSpec =
  | { kind: 'pid'; pid: number }
  | { kind: 'name'; name: string }
  | { kind: 'unix'; path: string }
  | { kind: 'tcp'; host: string; port: number; secure: boolean; token: string | undefined };

/** Throws a `usage` error when `text` can name nothing. */
export function parseTarget(text: string): TargetSpec {
  if (/^\d+$/.test(text)) return parsePid(text);
  if (text.startsWith('unix:')) return parseUnix(text);
  if (/^https?:\/\//i.test(text)) return parseUrl(text);
  const address = /^(\[[\da-f:.]+\]|[^\s:/@[\]]+):(\d+)$/i.exec(text);
  if (address !== null) {
    return {
      kind: 'tcp',
      host: bare(address[1] ?? ''),
      port: parsePort(text, address[2]),
      secure: false,
      token: undefined,
    };
  }
  if (text === '' || text === '-' || text.includes('://'))
    throw invalid(text, 'it is neither a process nor an address');
  return { kind: 'name', name: text };
}

/** PIDs end at 2^22 on Linux (PID_MAX_LIMIT); longer numbers are typing errors, but ones that no process has either. */
function parsePid(text: string): TargetSpec {
  const pid = Number(text);
  if (pid === 0 || !Number.isSafeInteger(pid)) throw invalid(text, 'it is no process id');
  return { kind: 'pid', pid };
}

function parseUnix(text: string): TargetSpec {
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '' || path.includes('\0')) throw invalid(text, 'after unix: there must be the path of a socket');
  return { kind: 'unix', path };
}

function parseUrl(text: string): TargetSpec {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw invalid(text, 'it is no valid URL');
  const secure = url.protocol === 'https:';
  return {
    kind: 'tcp',
    host: bare(url.hostname),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    secure,
    token: decode(url.password) ?? decode(url.username),
  };
}

function parsePort(text: string, digits: string | undefined): number {
  const port = Number(digits);
  if (port < 1 || port > 65_535) throw invalid(text, 'ports go from 1 to 65535');
  return port;
}

/** `[::1]` is written `::1` where a host is given apart from its port. */
function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function decode(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A URL may hold a token: it is not repeated in the message. */
function invalid(text: string, why: string): NopsError {
  const shown = text.includes('@') ? 'this target' : `target ${JSON.stringify(text)}`;
  return new NopsError(
    'usage',
    `${shown} can't be used: ${why}`,
    'A target is <pid>, <name>, <host>:<port>, http://…, or unix:<path>.',
  );
}
