/**
 * JSON of somebody who may want to harm: what it becomes in memory is bounded before it is parsed. `[[],[],…` becomes twenty times its size,
 * and what is nested deeply fails later, in whatever walks over it.
 */

import { decodeText } from '../profile/proto/utf8.js';

/** `why`: a sentence's end about `it`. */
export type BoundedJson = { ok: true; value: unknown } | { ok: false; why: string };

/** The answers that there are nest to 8. */
const maxDepth = 64;
/** Objects and lists, which take 60 bytes or so: 100,000 connections to as many peers are 200,000. */
const maxContainers = 500_000;
/** Members of both, which take up to 60 bytes with their names: the same have 1.4 million. */
const maxMembers = 2_000_000;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

export function boundedJson(bytes: Uint8Array): BoundedJson {
  const why = tooMuch(bytes);
  if (why !== undefined) return { ok: false, why };
  try {
    return { ok: true, value: JSON.parse(decodeText(bytes)) };
  } catch {
    return { ok: false, why: 'it is no JSON' };
  }
}

/** What of it goes beyond the bounds. */
function tooMuch(bytes: Uint8Array): string | undefined {
  let depth = 0;
  let containers = 0;
  let members = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfText(bytes, at);
    else if (byte === comma) members++;
    // `[` 5b, `{` 7b; `]` 5d, `}` 7d
    else if ((byte & 0xdf) === 0x5b) {
      containers++;
      if (++depth > maxDepth) return `it is nested deeper than ${maxDepth}`;
    } else if ((byte & 0xdf) === 0x5d) depth--;
  }
  if (containers > maxContainers) return `it has more than ${maxContainers} objects and lists`;
  return members > maxMembers ? `it has more than ${maxMembers} values` : undefined;
}

/** Where the text that begins at `at` has its closing quote. */
function endOfText(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1;
  return end;
}
