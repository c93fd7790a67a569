/** What `topEntries` does, over the objects that pprof-format decodes: cum and flat by function name and file, written as well as it goes. */

import type * as peer from 'pprof-format';

export function peerTop(profile: peer.Profile, limit: number): { name: string; flat: number; cum: number }[] {
  const type = profile.sampleType.length - 1;
  const groups = new Map<string, number>();
  const names: string[] = [];
  const groupOf = new Map<number | bigint, number>();
  for (const f of profile.function) {
    const name = profile.stringTable.strings[Number(f.name)] ?? '';
    const key = `${name}\n${profile.stringTable.strings[Number(f.filename)] ?? ''}`;
    const group = groups.get(key) ?? names.push(name) - 1;
    groups.set(key, group);
    groupOf.set(f.id, group);
  }
  const locations = new Map(profile.location.map(l => [l.id, l.line.map(line => groupOf.get(line.functionId) ?? 0)]));
  const flat = new Float64Array(names.length);
  const cum = new Float64Array(names.length);
  const seen = new Uint32Array(names.length);
  for (const [i, sample] of profile.sample.entries()) {
    const value = Number(sample.value[type]);
    let innermost = true;
    for (const id of sample.locationId) {
      for (const group of locations.get(id) ?? []) {
        if (innermost) flat[group] = (flat[group] ?? 0) + value;
        innermost = false;
        if (seen[group] === i + 1) continue;
        seen[group] = i + 1;
        cum[group] = (cum[group] ?? 0) + value;
      }
    }
  }
  return names
    .map((name, group) => ({ name, flat: flat[group] ?? 0, cum: cum[group] ?? 0 }))
    .sort((a, b) => b.flat - a.flat || b.cum - a.cum)
    .slice(0, limit);
}
