/** Profile → speedscope's file: one profile in it per sample type, which share their frames. Labels have no place in it. */

import { defaultTypeIndex, type Profile, sampleCount } from '../model.js';
import { type SpeedscopeFile, type SpeedscopeFrame, type SpeedscopeProfile, speedscopeUnits } from './speedscope.js';

/** `name` is shown above the profile. */
export function toSpeedscope(profile: Profile, name: string): SpeedscopeFile {
  const frames: SpeedscopeFrame[] = Array.from(profile.lineFunctions, (f, k) => {
    const file = profile.functionFiles[f] ?? '';
    const line = profile.lines[k] ?? 0;
    const col = profile.columns[k] ?? 0;
    return {
      name: profile.functionNames[f] || '<unknown>',
      ...(file === '' ? {} : { file }),
      ...(line === 0 ? {} : { line }),
      ...(col === 0 ? {} : { col }),
    };
  });
  const stacks = Array.from({ length: sampleCount(profile) }, (_, i) => {
    const stack: number[] = [];
    for (let s = (profile.stackStarts[i + 1] ?? 0) - 1; s >= (profile.stackStarts[i] ?? 0); s--) {
      const l = profile.stacks[s] ?? 0;
      for (let k = (profile.lineStarts[l + 1] ?? 0) - 1; k >= (profile.lineStarts[l] ?? 0); k--) stack.push(k);
    }
    return stack;
  });
  const types = profile.sampleTypes.length;
  const profiles = profile.sampleTypes.map(({ type, unit }, t): SpeedscopeProfile => {
    const weights = stacks.map((_, i) => profile.values[i * types + t] ?? 0);
    return {
      type: 'sampled',
      name: type,
      unit: speedscopeUnits.includes(unit) ? (unit as SpeedscopeProfile['unit']) : 'none',
      startValue: 0,
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: stacks,
      weights,
    };
  });
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    shared: { frames },
    profiles,
    name,
    exporter: 'nops',
    activeProfileIndex: defaultTypeIndex(profile),
  };
}
