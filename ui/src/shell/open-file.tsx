/** Opening files of the reader's own: by a button, or dropped anywhere on the page, two of them to be compared. They stay in the browser. */

import { compareWithOwn, openOwn } from '../state/files.js';
import { status } from '../state/store.js';

export function OpenButtons() {
  return (
    <>
      <FileButton title="Open a file…" choose={file => openOwn(file)} />
      {status.value.kind === 'ready' && <FileButton title="Compare with a file…" choose={compareWithOwn} />}
    </>
  );
}

function FileButton({ title, choose }: { title: string; choose(file: File): void }) {
  return (
    <label class="button">
      {title}
      <input
        class="hidden"
        type="file"
        onChange={event => {
          const file = event.currentTarget.files?.[0];
          if (file !== undefined) choose(file);
          event.currentTarget.value = ''; // the same file may be chosen again
        }}
      />
    </label>
  );
}

export function acceptDrops(): void {
  addEventListener('dragover', event => {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
  });
  addEventListener('drop', event => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    const [file, other] = event.dataTransfer.files;
    if (file !== undefined) openOwn(file, other);
  });
}
