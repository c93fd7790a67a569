/** Go's options tagroot and tagleaf: labels as frames, so that reports and graphs are divided by them. */

import { formatMeasured } from './measurement.js';
import { type Label, labelsOf, locationCount, type Profile } from './model.js';
import { pushStack, rewriteSamples } from './rewrite.js';

/**
 * Each sample gets a frame for each of `keys` around its stack, the first key outermost. The frame's function is what the sample has under
 * the key, and its file is the key; a sample without has a frame without a name. `unit`: of numbers ("minimum").
 */
export function tagRoot(
  profile: Profile,
  keys: readonly string[],
  unit: string,
): { profile: Profile; matched: boolean } {
  return addFrames(profile, keys, unit, 'root');
}

/** The same within its innermost function, the last key innermost. */
export function tagLeaf(
  profile: Profile,
  keys: readonly string[],
  unit: string,
): { profile: Profile; matched: boolean } {
  return addFrames(profile, keys, unit, 'leaf');
}

function addFrames(
  profile: Profile,
  keys: readonly string[],
  unit: string,
  at: 'root' | 'leaf',
): { profile: Profile; matched: boolean } {
  const functions: { name: string; file: string }[] = [];
  const numbers = new Map<string, number>();
  const locations = locationCount(profile);
  let matched = false;
  const innermostFirst = keys.toReversed();
  const framed = rewriteSamples(profile, (i, stack) => {
    const labels = labelsOf(profile, i);
    const own = () => pushStack(profile, stack, profile.stackStarts[i] ?? 0, profile.stackStarts[i + 1] ?? 0);
    if (at === 'root') own();
    for (const key of innermostFirst) {
      const values = valuesOfLabels(labels, key, unit);
      matched ||= values.length > 0;
      const name = values.join(',');
      const id = `${key}\0${name}`;
      let number = numbers.get(id);
      if (number === undefined) {
        number = functions.push({ name, file: key }) - 1;
        numbers.set(id, number);
      }
      stack.push(locations + number);
    }
    if (at === 'leaf') own();
    return true;
  });
  return { profile: withFunctions(framed, functions), matched };
}

/** What is shown of the labels under `key`, in their order: texts first. */
export function valuesOfLabels(labels: Label[], key: string, unit: string): string[] {
  const own = labels.filter(label => label.key === key);
  const texts = own.flatMap(label => ('text' in label ? [label.text] : []));
  const numbers = own.flatMap(label => ('text' in label ? [] : [label]));
  const haveUnits = numbers.some(label => label.unit !== '');
  return [
    ...texts,
    ...numbers.map(label =>
      haveUnits ? formatMeasured(Number(label.number), label.unit, unit) : formatMeasured(Number(label.number), '', ''),
    ),
  ];
}

/** Functions and one location of each after those that are there. */
function withFunctions(profile: Profile, added: { name: string; file: string }[]): Profile {
  const count = added.length;
  const functions = profile.functionNames.length;
  const lines = profile.lineFunctions.length;
  const names = [...profile.functionNames, ...added.map(({ name }) => name)];
  const grow = <T extends Uint32Array | Int32Array | Uint8Array | BigUint64Array>(
    column: T,
    make: new (length: number) => T,
  ): T => {
    const larger = new make(column.length + count);
    larger.set(column as never);
    return larger;
  };
  const lineStarts = grow(profile.lineStarts, Uint32Array);
  const lineFunctions = grow(profile.lineFunctions, Uint32Array);
  for (let a = 0; a < count; a++) {
    lineStarts[profile.lineStarts.length + a] = lines + a + 1;
    lineFunctions[lines + a] = functions + a;
  }
  return {
    ...profile,
    lineStarts,
    lineFunctions,
    lines: grow(profile.lines, Int32Array),
    columns: grow(profile.columns, Int32Array),
    addresses: grow(profile.addresses, BigUint64Array),
    locationMappings: grow(profile.locationMappings, Uint32Array),
    folded: grow(profile.folded, Uint8Array),
    functionNames: names,
    functionSystemNames: [...profile.functionSystemNames, ...added.map(() => '')],
    functionFiles: [...profile.functionFiles, ...added.map(({ file }) => file)],
    functionStartLines: grow(profile.functionStartLines, Int32Array),
  };
}
