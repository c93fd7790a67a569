/** Dialogs of the page, and whether they are open. */

import { effect, type Signal, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export const helpOpen = signal(false);
export const paletteOpen = signal(false);
/** What the palette begins with. */
export const paletteText = signal('');

/** Modal: the browser keeps the focus in it, and gives it back. */
export function Dialog({
  open,
  title,
  children,
}: {
  open: Signal<boolean>;
  title: string;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(
    () =>
      effect(() => {
        if (open.value && dialog.current?.open === false) dialog.current.showModal();
        else if (!open.value) dialog.current?.close();
      }),
    [open],
  );
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onCancel={event => {
        // Escape: closed here and now. The browser tells that it has closed it later, and until then it could not be opened again.
        event.preventDefault();
        open.value = false;
      }}
      onClose={() => {
        // The event comes late: it may be open again.
        open.value = dialog.current?.open === true;
      }}
    >
      {open.value && children}
    </dialog>
  );
}
