/** The lines of a trace file, see core's trace/format.ts. */

/** Of our own, which other programs pass over. */
export function metadata(name: string, args: object): object {
  return { ph: 'M', pid: process.pid, tid: process.pid, ts: 0, name, args };
}

/** Each ends with a comma: the end line comes after all of them. */
export function formatLines(lines: readonly object[]): string {
  return lines.map(line => `${JSON.stringify(line)},\n`).join('');
}
