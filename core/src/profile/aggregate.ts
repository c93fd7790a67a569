/** Go's Aggregate: forgets what tells frames apart, so that those which are equal afterwards count as one. */

import type { Profile } from './model.js';
import { keepLines } from './rewrite.js';

export interface Kept {
  /** false: of calls that were inlined into one location only the outermost stays. */
  inlines: boolean;
  functions: boolean;
  files: boolean;
  lines: boolean;
  columns: boolean;
  addresses: boolean;
}

export function aggregate(profile: Profile, kept: Kept): Profile {
  const outer = kept.inlines ? profile : outermost(profile);
  const empty = outer.functionNames.map(() => '');
  return {
    ...outer,
    mappings: outer.mappings.map(mapping => ({
      ...mapping,
      hasInlineFrames: mapping.hasInlineFrames && kept.inlines,
      hasFunctions: mapping.hasFunctions && kept.functions,
      hasFilenames: mapping.hasFilenames && kept.files,
      hasLineNumbers: mapping.hasLineNumbers && kept.lines,
    })),
    functionNames: kept.functions ? outer.functionNames : empty,
    functionSystemNames: kept.functions ? outer.functionSystemNames : empty,
    functionFiles: kept.files ? outer.functionFiles : empty,
    lines: kept.lines ? outer.lines : new Int32Array(outer.lines.length),
    columns: kept.columns ? outer.columns : new Int32Array(outer.columns.length),
    addresses: kept.addresses ? outer.addresses : new BigUint64Array(outer.addresses.length),
  };
}

function outermost(profile: Profile): Profile {
  const keep = new Uint8Array(profile.lineFunctions.length);
  for (let l = 1; l < profile.lineStarts.length; l++) {
    const end = profile.lineStarts[l] ?? 0;
    if (end > (profile.lineStarts[l - 1] ?? 0)) keep[end - 1] = 1;
  }
  return keepLines(profile, keep);
}
