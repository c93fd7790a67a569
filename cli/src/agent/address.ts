/** Where an agent listens. */

export type AgentAddress =
  | { kind: 'unix'; path: string }
  | { kind: 'tcp'; host: string; port: number; secure: boolean; token: string | undefined };

/** As the user may write it; never with its token. */
export function showAddress(address: AgentAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${address.secure ? 'https://' : ''}${host}:${address.port}`;
}
