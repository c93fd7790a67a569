/**
 * Profile → the text that Go's runtime/pprof writes with debug=1, for people and for scripts that read it. A stack is a line of numbers,
 * then its frames as comments:
 *
 *   goroutine profile: total 3
 *   2 @ 0x1 0x2
 *   # 0x1 work  /app/job.js:12
 *   # 0x2 main  /app/job.js:40
 *
 * Go has machine addresses there; ours are the numbers of the profile's locations.
 */

import { labelsOf, type Profile, sampleCount } from '../model.js';
import { printableProfile } from '../printable-profile.js';

/** `heap profile:`: inuse and alloc, 0 for what the profile does not have; sizes are estimates of the whole heap already. */
export function heapText(profile: Profile): string {
  const column = (type: string) => profile.sampleTypes.findIndex(t => t.type === type);
  const columns = ['inuse_objects', 'inuse_space', 'alloc_objects', 'alloc_space'].map(column);
  const shown = (values: readonly number[]) => {
    const [objects, bytes, allocObjects, allocBytes] = columns.map(at => Math.round(values[at] ?? 0));
    return `${objects}: ${bytes} [${allocObjects}: ${allocBytes}]`;
  };
  const head = `heap profile: ${shown(totals(profile))} @ heapprofile`;
  const [first = 0] = columns.filter(at => at >= 0);
  return text(profile, head, shown, Math.max(first, column('inuse_space'), column('alloc_space')));
}

/** `<name> profile: total <n>`, by the sample type that readers show first. */
export function countText(profile: Profile, name: string): string {
  const type = profile.sampleTypes.length - 1;
  const shown = (values: readonly number[]) => String(values[type] ?? 0);
  return text(profile, `${name} profile: total ${shown(totals(profile))}`, shown, type);
}

/** `--- contention:`, with nanoseconds for Go's cycles. */
export function contentionText(profile: Profile): string {
  const shown = ([contentions = 0, delay = 0]: readonly number[]) => `${delay} ${contentions}`;
  return text(profile, '--- contention:\ncycles/second=1000000000', shown, 1);
}

function text(given: Profile, head: string, shown: (values: readonly number[]) => string, by: number): string {
  const profile = printableProfile(given);
  const types = profile.sampleTypes.length;
  const value = (i: number) => profile.values[i * types + by] ?? 0;
  const order = Array.from({ length: sampleCount(profile) }, (_, i) => i).sort((a, b) => value(b) - value(a));
  const stacks = order.map(i => {
    const numbers = shown([...profile.values.subarray(i * types, (i + 1) * types)]);
    const locations = [...profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1])];
    const addresses = locations.map(location => ` ${address(location)}`).join('');
    return [`${numbers} @${addresses}`, ...labelLine(profile, i), ...locations.flatMap(l => frames(profile, l)), ''];
  });
  return `${[head, ...stacks.flat(), ...profile.comments.map(comment => `# ${comment}`)].join('\n')}\n`;
}

function totals(profile: Profile): number[] {
  const types = profile.sampleTypes.length;
  const sums = profile.sampleTypes.map(() => 0);
  for (const [at, value] of profile.values.entries()) sums[at % types] = (sums[at % types] ?? 0) + value;
  return sums;
}

function address(location: number): string {
  return `0x${(location + 1).toString(16)}`;
}

function frames(profile: Profile, location: number): string[] {
  const from = profile.lineStarts[location] ?? 0;
  const to = profile.lineStarts[location + 1] ?? from;
  return Array.from({ length: to - from }, (_, k) => {
    const id = profile.lineFunctions[from + k] ?? 0;
    const place = `${profile.functionFiles[id] ?? ''}:${profile.lines[from + k] ?? 0}`;
    return `#\t${address(location)}\t${profile.functionNames[id] ?? ''}\t${place}`;
  });
}

function labelLine(profile: Profile, sample: number): string[] {
  const pairs = labelsOf(profile, sample).map(label => [
    label.key,
    'text' in label ? label.text : String(label.number),
  ]);
  return pairs.length === 0 ? [] : [`# labels: ${JSON.stringify(Object.fromEntries(pairs))}`];
}
