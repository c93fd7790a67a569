/** What the samples of a node were labelled with, for graphs that show it. Numbers count under `bytes` only, as in Go. */

import { formatMeasured } from '../measurement.js';
import { labelsOf, type Profile } from '../model.js';

export interface Tag {
  name: string;
  unit: string;
  value: number;
  flat: number;
  flatDiv: number;
  cum: number;
  cumDiv: number;
}

export interface NodeTags {
  /** By all texts of a sample, joined. */
  texts: Map<string, Tag>;
  /** By those texts, '' for none, and by the number as it is shown. */
  numbers: Map<string, Map<string, Tag>>;
}

export function noTags(): NodeTags {
  return { texts: new Map(), numbers: new Map() };
}

/** By sample: its texts joined, and its numbers. */
export interface TagSource {
  texts: string[];
  numbers: { shown: string; value: number }[][];
  unit: string;
}

/** `bytesUnit`: of numbers under the key `bytes`; `outputUnit`: what they are shown in. */
export function tagSource(profile: Profile, bytesUnit: string, outputUnit: string): TagSource {
  const source: TagSource = { texts: [], numbers: [], unit: bytesUnit };
  for (let i = 0; i + 1 < profile.stackStarts.length; i++) {
    const labels = labelsOf(profile, i);
    const texts = labels.flatMap(label => ('text' in label ? [`${label.key}:${label.text}`] : []));
    // Joined by what Graphviz takes for a line's end.
    source.texts.push(texts.sort().join('\\n'));
    source.numbers.push(
      labels.flatMap(label =>
        'text' in label || label.key !== 'bytes'
          ? []
          : [{ shown: formatMeasured(Number(label.number), bytesUnit, outputUnit), value: Number(label.number) }],
      ),
    );
  }
  return source;
}

export function addTags(
  tags: NodeTags | undefined,
  source: TagSource,
  sample: number,
  value: number,
  divisor: number,
  isFlat: boolean,
): void {
  if (tags === undefined) return;
  const text = source.texts[sample] ?? '';
  if (text !== '') addTo(tags.texts, text, '', 0, value, divisor, isFlat);
  const numbers = source.numbers[sample] ?? [];
  if (numbers.length === 0) return;
  let group = tags.numbers.get(text);
  if (group === undefined) {
    group = new Map();
    tags.numbers.set(text, group);
  }
  for (const number of numbers) addTo(group, number.shown, source.unit, number.value, value, divisor, isFlat);
}

function addTo(
  tags: Map<string, Tag>,
  name: string,
  unit: string,
  value: number,
  weight: number,
  divisor: number,
  isFlat: boolean,
): void {
  let tag = tags.get(name);
  if (tag === undefined) {
    tag = { name, unit, value, flat: 0, flatDiv: 0, cum: 0, cumDiv: 0 };
    tags.set(name, tag);
  }
  if (isFlat) {
    tag.flat += weight;
    tag.flatDiv += divisor;
  } else {
    tag.cum += weight;
    tag.cumDiv += divisor;
  }
}
