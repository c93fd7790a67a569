/** The page of a heap snapshot: constructors by what they keep alive, and beside them what keeps one's objects alive. */

import { formatBytes, formatCount } from '@nops/core/units/format';
import type { Page } from '../shell/page.js';
import { navigate, view } from '../state/history.js';
import { openedSnapshot } from '../state/store.js';
import { isCompared } from './answers.js';
import { ConstructorTable, filterId } from './constructor-table.js';
import { Detail } from './detail.js';

export const heapSnapshotPage: Page = {
  id: 'heap',
  title: 'Heap snapshot',
  isAvailable: () => openedSnapshot.value !== undefined,
  View: HeapSnapshotView,
  facts() {
    const { value } = openedSnapshot;
    if (value === undefined) return [];
    const count = formatCount;
    return [
      `${formatBytes(value.totalSize)} of heap`,
      `${count(value.objects)} objects, ${count(value.references)} references`,
      `${formatBytes(value.heldBytes)} of memory for this page`,
    ];
  },
  about:
    'Shallow is the size of objects by themselves, retained what would be freed with them. New and gone are since the snapshot that this one is compared with.',
  commands: [
    {
      id: 'filter',
      title: 'Filter the constructors',
      key: '/',
      run: () => document.getElementById(filterId)?.focus(),
    },
    {
      id: 'new',
      title: 'Only new objects, or all again',
      key: 'n',
      isEnabled: () => isCompared.value,
      run: () => navigate({ only: view.value.only === 'new' ? '' : 'new', object: 0 }),
    },
    {
      id: 'close',
      title: 'No constructor selected',
      key: 'Escape',
      isEnabled: () => view.value.of !== '',
      run: () => navigate({ of: '', object: 0 }),
    },
  ],
  keys: [
    ['↑ ↓ Page Up, Page Down', 'from constructor to constructor'],
    ['Home, End', 'to the first and the last one'],
  ],
};

function HeapSnapshotView() {
  return (
    <main class="snapshot">
      <Notices />
      <div class="panes">
        <section class="functions" aria-label="Constructors">
          <ConstructorTable />
        </section>
        <section class="panel" aria-label="Selected constructor">
          <Detail />
        </section>
      </div>
    </main>
  );
}

/** What is not as it seems. */
function Notices() {
  const { value } = openedSnapshot;
  if (value === undefined) return null;
  const lines = [
    value.isWhole ? '' : 'The file ends early, among its names: some are missing.',
    value.constructors.compared?.isReversed === true
      ? 'What this snapshot is compared with has the later objects: new and gone are the other way round. Name the later snapshot first.'
      : '',
  ];
  return (
    <div class="notices" aria-live="polite">
      {lines.map(line => line !== '' && <p key={line}>{line}</p>)}
    </div>
  );
}
