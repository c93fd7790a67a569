/** Profile → collapsed stacks, as flame graph tools read them (brendangregg/FlameGraph): "root;caller;leaf 42" a line. */

import { printable } from '../../units/printable.js';
import { type Profile, sampleCount } from '../model.js';

/** Values of one sample type, rounded; stacks that read alike are summed up. Frames have no semicolons, line ends or invisible characters. */
export function toCollapsed(profile: Profile, type: number): string {
  const types = profile.sampleTypes.length;
  const names = profile.functionNames.map(name => printable(name.replace(/[;\n\r]/g, ':')) || '<unknown>');
  const sums = new Map<string, number>();
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = profile.values[i * types + type] ?? 0;
    const frames: string[] = [];
    for (let s = (profile.stackStarts[i + 1] ?? 0) - 1; s >= (profile.stackStarts[i] ?? 0); s--) {
      const l = profile.stacks[s] ?? 0;
      const from = profile.lineStarts[l] ?? 0;
      for (let k = (profile.lineStarts[l + 1] ?? 0) - 1; k >= from; k--)
        frames.push(names[profile.lineFunctions[k] ?? 0] ?? '');
      if (from === profile.lineStarts[l + 1]) frames.push(`0x${(profile.addresses[l] ?? 0n).toString(16)}`);
    }
    if (value === 0 || frames.length === 0) continue;
    const stack = frames.join(';');
    sums.set(stack, (sums.get(stack) ?? 0) + value);
  }
  return [...sums].map(([stack, value]) => `${stack} ${Math.round(value)}\n`).join('');
}
