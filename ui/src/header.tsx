/** What is shown: where the profile came from, and what it says about itself. */

import { formatBytes, formatMillis } from '@nops/core/units/format';
import { useEffect } from 'preact/hooks';
import { OpenButton } from './open-file.js';
import { opened, origin } from './state/store.js';

/** A profile may hold any number of comments. */
const maxComments = 20;

export function Header() {
  const from = origin.value;
  const title = from === undefined ? 'nops' : from.name;
  useEffect(() => {
    document.title = from === undefined ? 'nops' : `${from.name} - nops`;
  }, [from]);
  return (
    <header>
      <h1>
        <bdi>{title}</bdi>
      </h1>
      <ul class="facts" aria-label="About this profile">
        {facts().map(fact => (
          <li key={fact}>
            <bdi>{fact}</bdi>
          </li>
        ))}
      </ul>
      <OpenButton />
    </header>
  );
}

function facts(): string[] {
  const from = origin.value;
  const profile = opened.value;
  const kinds = { cpu: 'CPU profile', heap: 'heap profile', file: '' };
  const all = from === undefined ? [] : [kinds[from.kind]];
  if (from?.process !== undefined) {
    const { pid, node, command } = from.process;
    all.push(`pid ${pid}`, node === null ? '' : `Node ${node}`, command.slice(1).join(' '));
  } else if (from !== undefined) all.push(formatBytes(from.bytes));
  if (profile !== undefined) {
    const { startedAtMs, durationMs, samples, comments } = profile;
    if (startedAtMs > 0) all.push(new Date(startedAtMs).toLocaleString());
    if (durationMs > 0) all.push(`over ${formatMillis(durationMs)}`);
    all.push(`${samples.toLocaleString('en-US')} different stacks`);
    all.push(...comments.slice(0, maxComments));
    if (comments.length > maxComments) all.push(`${comments.length - maxComments} more comments`);
  }
  return all.filter(fact => fact !== '');
}
