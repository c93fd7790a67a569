/** What can be done on every page. */

import { nextScheme } from '../flame/theme.js';
import { helpOpen, paletteOpen, paletteText } from './dialogs.js';
import type { Command } from './page.js';

export const shellCommands: readonly Command[] = [
  { id: 'help', title: 'Keys and gestures', key: '?', run: () => toggle(helpOpen) },
  { id: 'palette', title: 'All commands', key: 'Ctrl K', run: () => openPalette('') },
  { id: 'undo', title: 'Undo: back to the view before', key: 'u', run: () => history.back() },
  { id: 'redo', title: 'Redo: forward again', key: 'U', run: () => history.forward() },
  { id: 'scheme', title: 'Light, dark, or as the system prefers', key: 'L', run: nextScheme },
];

/** With commands that hold `text`. */
export function openPalette(text: string): void {
  paletteText.value = text;
  paletteOpen.value = true;
}

function toggle(open: { value: boolean }): void {
  open.value = !open.value;
}
