/** The stack of the focused frame, from the root, for a chat or a ticket. */

import { totalOf } from '@nops/core/profile/flame/layout';
import { flameStates, pathOf } from '../flame/flame-state.js';
import { describeFrame } from '../flame/frame-text.js';
import { groups } from '../state/store.js';

function stackText(format: 'text' | 'markdown'): string {
  const [state] = flameStates;
  const [layout, known, box] = [state.layout.value, groups.value, state.focused.value];
  const frame = describeFrame(state, box);
  if (layout === undefined || known === undefined || frame === undefined || totalOf(layout, box) <= 0) return '';
  const lines = pathOf(layout, box)
    .reverse()
    .map(group => ({ name: known.names[group] ?? '', place: known.places[group] ?? '' }));
  const text = lines.map(({ name, place }) => (place === '' ? `    at ${name}` : `    at ${name} (${place})`));
  const head = `${frame.name}: total ${frame.total}${frame.self === '' ? '' : `, self ${frame.self}`}`;
  const all = [head, ...text].join('\n');
  return format === 'text'
    ? `${all}\n`
    : `**\`${frame.name.replaceAll('`', "'")}\`** ${head.slice(frame.name.length + 2)}\n\n\`\`\`\n${text.join('\n')}\n\`\`\`\n`;
}

export function copyStack(format: 'text' | 'markdown'): void {
  void navigator.clipboard?.writeText(stackText(format));
}
