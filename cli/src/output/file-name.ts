/** Where a recording goes that nobody named a file for; local time as in 20261122T130501 sorts well, and needs no quotes anywhere. */
export function fileName(kind: string, pid: number, ending: string): string {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return `nops-${kind}-${pid}-${local.toISOString().slice(0, 19).replace(/[-:]/g, '')}.${ending}`;
}
