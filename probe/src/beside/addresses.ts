/**
 * Internet addresses as /proc/net/{tcp,tcp6,udp,udp6} writes them: 32-bit words in hexadecimal, each in the machine's byte order
 * (little-endian on all machines Node is built for, but s390x), then the port.
 *
 *   0100007F:1F90                           127.0.0.1:8080
 *   00000000000000000000000001000000:1F90   [::1]:8080
 *   0000000000000000FFFF00000100007F:1F90   127.0.0.1:8080, an IPv4 peer of an IPv6 socket
 */

/** `1.2.3.4:443` or `[::1]:443`. */
export function formatEndpoint(hex: string): string {
  return `${formatHost(hex)}:${portOf(hex)}`;
}

/** `1.2.3.4` or `[::1]`. */
export function formatHost(hex: string): string {
  const address = hex.slice(0, hex.indexOf(':'));
  if (address.length === 8) return formatV4(address);
  if (address.startsWith('0000000000000000FFFF0000')) return formatV4(address.slice(24));
  return `[${formatV6(address)}]`;
}

/** The port of an endpoint in the kernel's notation. */
export function portOf(hex: string): number {
  return Number.parseInt(hex.slice(hex.indexOf(':') + 1), 16);
}

function bytesOf(word: string): number[] {
  const value = Number.parseInt(word, 16);
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

function formatV4(word: string): string {
  return bytesOf(word).join('.');
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function formatV6(address: string): string {
  const groups: number[] = [];
  for (let at = 0; at < 32; at += 8) {
    const [a = 0, b = 0, c = 0, d = 0] = bytesOf(address.slice(at, at + 8));
    groups.push((a << 8) | b, (c << 8) | d);
  }
  const run = longestZeroRun(groups);
  const hex = (part: number[]): string => part.map(group => group.toString(16)).join(':');
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  });
  return best;
}
