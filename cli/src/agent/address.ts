/** Where an agent listens. */

import type { AnnouncedProcess } from '@nops/probe/beside/announcements';

export interface UnixAddress {
  kind: 'unix';
  path: string;
  /** Whose agent it must be; absent when whoever answers there is meant. `pid` is its number here, absent when that is not known. */
  of?: Omit<AnnouncedProcess, 'pid'> & { pid?: number };
}

export type AgentAddress =
  | UnixAddress
  | { kind: 'tcp'; host: string; port: number; secure: boolean; token: string | undefined };

/** As the user may write it; never with its token. */
export function showAddress(address: AgentAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${address.secure ? 'https://' : ''}${host}:${address.port}`;
}

/** The process whose agent is meant, when that is known. */
export function processOf(address: AgentAddress): UnixAddress['of'] {
  return address.kind === 'unix' ? address.of : undefined;
}
