/** What a profile's file is, by how it begins; names of files tell nothing reliable. */

export type FileKind = 'gzip' | 'pprof' | 'cpuprofile' | 'heapsnapshot' | 'json' | 'collapsed';

/** Enough of the beginning to tell. */
export const headBytes = 64 * 1024;

/** Undefined: nothing that is known. `head` is the first `headBytes`, or the whole file. */
export function fileKind(head: Uint8Array): FileKind | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'; // RFC 1952
  const first = head.find(byte => byte > 0x20);
  if (first === 0x7b || first === 0x5b) {
    const text = latin1(head);
    if (/^\s*\{\s*"snapshot"\s*:\s*\{/.test(text)) return 'heapsnapshot';
    // V8's own order of fields, and DevTools': the nodes of a CPU profile begin near its beginning.
    return first === 0x7b && /"nodes"\s*:\s*\[\s*\{\s*"(?:id|callFrame)"/.test(text) ? 'cpuprofile' : 'json';
  }
  if (looksLikeProfile(head)) return 'pprof';
  const line = latin1(head)
    .split('\n')
    .find(text => !text.startsWith('#') && text.trim() !== '');
  return line !== undefined && /\S [0-9.]+\s*$/.test(line) ? 'collapsed' : undefined;
}

/**
 * A profile begins with the key of one of its fields: number · 8 + wire type. All writers known begin with sample types (field 1) or
 * the string table (6); the decoder says what is wrong with the rest.
 */
function looksLikeProfile(head: Uint8Array): boolean {
  const key = head[0] ?? 0;
  const isMessage = (key & 7) === 2 && [1, 2, 3, 4, 5, 6, 11].includes(key >> 3);
  const isNumber = (key & 7) === 0 && [7, 8, 9, 10, 12, 13, 14].includes(key >> 3);
  // Text can begin with these bytes, as with a line feed; then there is no NUL, where sizes and ids are small numbers.
  return (isMessage || isNumber) && head.some(byte => byte < 9);
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  const chunk = 8192;
  for (let at = 0; at < Math.min(bytes.length, headBytes); at += chunk)
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + chunk, headBytes)));
  return text;
}
