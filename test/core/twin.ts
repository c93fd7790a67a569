/** Profiles as plain objects, and the algebra on them as slow and obvious as can be: what the columns are compared with. */

import { type Label, labelsOf, type Mapping, type Profile, sampleCount } from '@nops/core/profile/model';

interface Line {
  name: string;
  file: string;
  startLine: number;
  line: number;
  column: number;
}

export interface Frame {
  lines: Line[];
  /** Offset in the mapping, or the address without one. */
  offset: bigint;
  folded: number;
  mapping: Mapping | undefined;
}

export interface Sample {
  stack: Frame[];
  values: bigint[];
  labels: Label[];
}

export function plain(profile: Profile): Sample[] {
  const types = profile.sampleTypes.length;
  return Array.from({ length: sampleCount(profile) }, (_, i) => ({
    stack: Array.from(profile.stacks.slice(profile.stackStarts[i], profile.stackStarts[i + 1]), l => frame(profile, l)),
    values: Array.from({ length: types }, (_, t) =>
      profile.exactValues === undefined
        ? BigInt(profile.values[i * types + t] ?? 0)
        : (profile.exactValues[i * types + t] ?? 0n),
    ),
    labels: labelsOf(profile, i),
  }));
}

function frame(profile: Profile, l: number): Frame {
  const mapping = profile.mappings[(profile.locationMappings[l] ?? 0) - 1];
  const lines: Line[] = [];
  for (let k = profile.lineStarts[l] ?? 0; k < (profile.lineStarts[l + 1] ?? 0); k++) {
    const f = profile.lineFunctions[k] ?? 0;
    lines.push({
      name: profile.functionNames[f] ?? '',
      file: profile.functionFiles[f] ?? '',
      startLine: profile.functionStartLines[f] ?? 0,
      line: profile.lines[k] ?? 0,
      column: profile.columns[k] ?? 0,
    });
  }
  return {
    lines,
    offset: (profile.addresses[l] ?? 0n) - (mapping?.start ?? 0n),
    folded: profile.folded[l] ?? 0,
    mapping,
  };
}

/** Samples as text, equal for equal ones whatever their order and their tables are. */
export function canonical(samples: Sample[]): string[] {
  return samples.map(sample => show({ ...sample, labels: sortLabels(sample.labels) }));
}

/** Equal stacks and labels summed up, in the order of their first; without those whose sums are 0. */
export function sumEqual(samples: Sample[]): Sample[] {
  const sums = new Map<string, Sample>();
  for (const sample of samples) {
    if (sample.values.every(value => value === 0n)) continue;
    const labels = sortLabels(sample.labels);
    const key = show({ stack: sample.stack, labels });
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...sample, labels });
    else sum.values = sum.values.map((value, t) => BigInt.asIntN(64, value + (sample.values[t] ?? 0n)));
  }
  return [...sums.values()].filter(sample => sample.values.some(value => value !== 0n));
}

function sortLabels(labels: Label[]): Label[] {
  const rank = (label: Label) => `${'text' in label ? 0 : 1}${label.key}`;
  return labels.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}

function show(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    // Where in memory a mapping is does not matter, nor does a little of its size.
    if (key === 'mapping' && part !== undefined) {
      const { start, limit, file, buildId, offset } = part as Mapping;
      return [Math.ceil(Number(limit - start) / 4096), String(offset), buildId === '' ? file : buildId].join();
    }
    return part;
  });
}

const matchesLine = (rx: RegExp, line: Line) => rx.test(line.name) || rx.test(line.file);
const matchesMapping = (rx: RegExp, { mapping }: Frame) => mapping !== undefined && rx.test(mapping.file);
const matchesFrame = (rx: RegExp, frame: Frame) =>
  frame.lines.some(line => matchesLine(rx, line)) || matchesMapping(rx, frame);

export interface NameRegexps {
  focus?: RegExp | undefined;
  ignore?: RegExp | undefined;
  hide?: RegExp | undefined;
  show?: RegExp | undefined;
}

export function filterByName(samples: Sample[], filters: NameRegexps): Sample[] {
  const { focus, ignore, hide, show } = filters;
  if (Object.values(filters).every(filter => filter === undefined)) return samples;
  return samples
    .filter(({ stack }) => ignore === undefined || !stack.some(frame => matchesFrame(ignore, frame)))
    .filter(({ stack }) => (focus === undefined ? stack.length > 0 : stack.some(frame => matchesFrame(focus, frame))))
    .flatMap(sample => {
      const stack = sample.stack.flatMap(frame => {
        let { lines } = frame;
        let hidden = false;
        if (hide !== undefined && matchesFrame(hide, frame)) {
          lines = matchesMapping(hide, frame) ? [] : lines.filter(line => !matchesLine(hide, line));
          hidden = lines.length === 0;
        }
        if (show !== undefined) {
          if (!matchesMapping(show, frame)) lines = lines.filter(line => matchesLine(show, line));
          hidden ||= lines.length === 0;
        }
        return hidden ? [] : [{ ...frame, lines }];
      });
      return stack.length === 0 ? [] : [{ ...sample, stack }];
    });
}

export function showFrom(samples: Sample[], rx: RegExp): Sample[] {
  return samples.flatMap(sample => {
    const at = sample.stack.findLastIndex(frame => matchesFrame(rx, frame));
    if (at < 0) return [];
    const stack = sample.stack.slice(0, at + 1).map(frame => {
      if (matchesMapping(rx, frame)) return frame;
      const last = frame.lines.findLastIndex(line => matchesLine(rx, line));
      return last < 0 ? frame : { ...frame, lines: frame.lines.slice(0, last + 1) };
    });
    return [{ ...sample, stack }];
  });
}

/** Names count without arguments: to Go everything from a bracket on. */
const bare = (name: string) => name.replace(/\(.*$/s, '');

export function pruneFrom(samples: Sample[], rx: RegExp): Sample[] {
  const first = ({ lines }: Frame) => lines.findIndex(line => line.name !== '' && rx.test(bare(line.name)));
  return samples.map(sample => {
    const at = sample.stack.findIndex(frame => first(frame) >= 0);
    // A location that matches loses its inner lines wherever it is on the stack.
    const cut = sample.stack
      .slice(Math.max(0, at))
      .map(frame => ({ ...frame, lines: frame.lines.slice(Math.max(0, first(frame))) }));
    return { ...sample, stack: cut };
  });
}

export function prune(samples: Sample[], drop: RegExp, keep: RegExp): Sample[] {
  const last = ({ lines }: Frame) =>
    lines.findLastIndex(line => line.name !== '' && drop.test(bare(line.name)) && !keep.test(bare(line.name)));
  return samples.map(sample => {
    const { stack } = sample;
    const user = stack.findLastIndex(frame => last(frame) < 0);
    const at = stack.slice(0, Math.max(0, user)).findLastIndex(frame => last(frame) >= 0);
    const dropped = stack[at];
    const isWhole = dropped !== undefined && last(dropped) === dropped.lines.length - 1;
    const rest = at < 0 ? stack : stack.slice(isWhole ? at + 1 : at);
    const lines = (frame: Frame) => {
      const index = last(frame);
      return index === frame.lines.length - 1 ? frame.lines : frame.lines.slice(index + 1);
    };
    return { ...sample, stack: rest.map(frame => ({ ...frame, lines: lines(frame) })) };
  });
}
