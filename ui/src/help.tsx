/** The sheet of keys and gestures, on `?`. */

import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

export const helpOpen = signal(false);

const lines = [
  ['Click, Enter', 'zoom into a frame'],
  ['Double-click, Escape', 'zoom out'],
  ['Drag, wheel', 'pan'],
  ['Ctrl or ⌘ and wheel, pinch, + −', 'zoom'],
  ['↑ ↓ ← →', 'to the caller, the largest callee, the siblings'],
  ['Home', 'to the root'],
  ['/', 'search: a regular expression on names and places; capitals make it mind case'],
  ['Alt ←, Alt →', 'back and forward, as in any page'],
  ['?', 'this sheet'],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(
    () =>
      effect(() => {
        if (helpOpen.value) dialog.current?.showModal();
        else dialog.current?.close();
      }),
    [],
  );
  const close = () => {
    helpOpen.value = false;
  };
  return (
    <>
      <button
        type="button"
        aria-label="Keys and gestures"
        onClick={() => {
          helpOpen.value = true;
        }}
      >
        ?
      </button>
      <dialog ref={dialog} onClose={close} aria-labelledby="help-title">
        <h2 id="help-title">Keys and gestures</h2>
        <dl>
          {lines.map(([keys, what]) => (
            <div key={keys}>
              <dt>{keys}</dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <p>
          Total is what a function and everything it called cost, self what it cost by itself. Siblings stand largest
          first.
        </p>
        <button type="button" onClick={close}>
          Close
        </button>
      </dialog>
    </>
  );
}
