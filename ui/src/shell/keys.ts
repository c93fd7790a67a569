/** Keys that work wherever the focus is, except while one types: the commands of the shell and of the current page. */

import { currentPage } from '../pages.js';
import { shellCommands } from './commands.js';
import type { Command } from './page.js';

/** What can be done now. */
export function enabledCommands(): Command[] {
  return [...(currentPage.value?.commands ?? []), ...shellCommands].filter(({ isEnabled }) => isEnabled?.() ?? true);
}

export function listenForKeys(): void {
  addEventListener('keydown', event => {
    const target = event.target instanceof Element ? event.target : undefined;
    if (event.defaultPrevented || event.altKey) return;
    const isPalette = (event.ctrlKey || event.metaKey) && event.key === 'k';
    if (!isPalette && (event.ctrlKey || event.metaKey)) return;
    if (!isPalette && target?.closest('input, select, textarea, dialog') != null) return;
    const key = isPalette ? 'Ctrl K' : event.key;
    const command = enabledCommands().find(each => each.key === key);
    if (command === undefined) return;
    command.run();
    event.preventDefault();
  });
}
