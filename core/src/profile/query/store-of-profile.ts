/** A profile in the pprof model → SampleStore. Frames that the profile itself declares uninteresting are left out, as in every report. */

import { defaultTypeIndex, locationCount, type Profile, sampleCount } from '../model.js';
import { removeUninteresting } from '../prune.js';
import { baseName } from '../report/node-info.js';
import { FrameTableBuilder } from './frames.js';
import { NodeTable } from './node-table.js';
import type { SampleStore } from './store.js';

export function storeOfProfile(given: Profile): SampleStore {
  const profile = removeUninteresting(given);
  const table = new FrameTableBuilder();
  const { starts, frames } = framesOfLocations(profile, table);
  const nodes = new NodeTable();
  const count = sampleCount(profile);
  const leaves = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    let node = 0;
    for (let s = (profile.stackStarts[i + 1] ?? 0) - 1; s >= (profile.stackStarts[i] ?? 0); s--) {
      const location = profile.stacks[s] ?? 0;
      for (let k = (starts[location + 1] ?? 0) - 1; k >= (starts[location] ?? 0); k--)
        node = nodes.child(node, frames[k] ?? 0);
    }
    leaves[i] = node;
  }
  return {
    sampleTypes: profile.sampleTypes,
    defaultType: defaultTypeIndex(profile),
    timeNanos: profile.timeNanos,
    durationNanos: profile.durationNanos,
    comments: profile.comments,
    frames: table.finish(),
    tree: nodes.finish(),
    leaves,
    values: valueColumns(profile),
    ...labelColumns(profile),
    starts: undefined,
    sides: undefined,
  };
}

/** By location, its frames as frames[starts[l]] to frames[starts[l + 1]], innermost first. */
function framesOfLocations(profile: Profile, table: FrameTableBuilder): { starts: Uint32Array; frames: Uint32Array } {
  const count = locationCount(profile);
  const functions = profile.functionNames.map((name, f) =>
    table.function(name, profile.functionFiles[f] ?? '', profile.functionStartLines[f] ?? 0),
  );
  const starts = new Uint32Array(count + 1);
  const frames: number[] = [];
  for (let l = 0; l < count; l++) {
    const object = profile.mappings[(profile.locationMappings[l] ?? 0) - 1]?.file ?? '';
    const from = profile.lineStarts[l] ?? 0;
    const to = profile.lineStarts[l + 1] ?? 0;
    for (let k = from; k < to; k++)
      frames.push(
        table.frame(
          functions[profile.lineFunctions[k] ?? 0] ?? 0,
          profile.lines[k] ?? 0,
          profile.columns[k] ?? 0,
          object,
        ),
      );
    if (from === to) {
      const name = object === '' ? '<unknown>' : `[${baseName(object)}]`;
      frames.push(table.frame(table.function(name, '', 0), 0, 0, object));
    }
    starts[l + 1] = frames.length;
  }
  return { starts, frames: Uint32Array.from(frames) };
}

function valueColumns(profile: Profile): Float64Array[] {
  const types = profile.sampleTypes.length;
  return profile.sampleTypes.map((_, t) =>
    Float64Array.from({ length: sampleCount(profile) }, (_value, i) => profile.values[i * types + t] ?? 0),
  );
}

function labelColumns(profile: Profile): Pick<SampleStore, 'labelSets' | 'sets' | 'labels'> {
  if (profile.labelIds.length === 0) return { labelSets: undefined, sets: [], labels: [] };
  const sets: Uint32Array[] = [];
  const numbers = new Map<string, number>();
  const labelSets = Uint32Array.from({ length: sampleCount(profile) }, (_, i) => {
    const own = profile.labelIds.subarray(profile.labelStarts[i], profile.labelStarts[i + 1]);
    const key = own.join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = sets.push(own.slice()) - 1;
    numbers.set(key, number);
    return number;
  });
  return { labelSets, sets, labels: profile.labels };
}
