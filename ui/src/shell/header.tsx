/** What is shown: where the profile came from, and what it says about itself; and the pages there are. */

import { formatBytes } from '@nops/core/units/format';
import { useEffect } from 'preact/hooks';
import { availablePages, currentPage } from '../pages.js';
import { navigate } from '../state/history.js';
import { origin } from '../state/store.js';
import { helpOpen } from './dialogs.js';
import { OpenButtons } from './open-file.js';
import { ProfileChoice } from './profile-choice.js';

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
      <Tabs />
      <ul class="facts" aria-label="About this file">
        {facts().map(fact => (
          <li key={fact}>
            <bdi>{fact}</bdi>
          </li>
        ))}
      </ul>
      <ProfileChoice />
      <OpenButtons />
      <button
        type="button"
        aria-label="Keys and gestures"
        onClick={() => {
          helpOpen.value = true;
        }}
      >
        ?
      </button>
    </header>
  );
}

/** Only where there is something to choose. */
function Tabs() {
  const pages = availablePages.value;
  if (pages.length < 2) return null;
  return (
    <nav aria-label="Pages">
      {pages.map(({ id, title }) => (
        <button
          key={id}
          type="button"
          aria-current={id === currentPage.value?.id ? 'page' : undefined}
          onClick={() => navigate({ page: id })}
        >
          {title}
        </button>
      ))}
    </nav>
  );
}

function facts(): string[] {
  const from = origin.value;
  const kinds = { cpu: 'CPU profile', heap: 'heap profile', file: '' };
  const all = from === undefined ? [] : [kinds[from.kind]];
  if (from?.process !== undefined) {
    const { pid, node, command } = from.process;
    all.push(`pid ${pid}`, node === null ? '' : `Node ${node}`, command.slice(1).join(' '));
  } else if (from !== undefined) all.push(formatBytes(from.bytes));
  all.push(...(currentPage.value?.facts() ?? []));
  return all.filter(fact => fact !== '');
}
