/** Opening a file of the reader's own: by a button, or dropped anywhere on the page. It stays in the browser. */

import { navigate } from '../state/history.js';
import { openProfile } from '../state/store.js';
import { defaultView } from '../state/url.js';

export function OpenButton() {
  return (
    <label class="button">
      Open a file…
      <input
        class="hidden"
        type="file"
        onChange={event => {
          openFile(event.currentTarget.files?.[0]);
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
    openFile(event.dataTransfer.files[0]);
  });
}

function openFile(file: File | undefined): void {
  if (file === undefined) return;
  navigate(defaultView);
  void openProfile(file, { kind: 'file', name: file.name, bytes: file.size });
}
