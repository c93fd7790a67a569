/**
 * The pages there are. A page registers itself by standing in this table. The shell draws the tabs, binds the keys, and lists the commands
 * in the help sheet and in the palette.
 */

import { computed } from '@preact/signals';
import { heapSnapshotPage } from './heap-snapshot/page.js';
import { profilePage } from './profile/page.js';
import type { Page } from './shell/page.js';
import { view } from './state/history.js';

const pages: readonly Page[] = [profilePage, heapSnapshotPage];

export const availablePages = computed(() => pages.filter(page => page.isAvailable()));

export const currentPage = computed(
  () => availablePages.value.find(({ id }) => id === view.value.page) ?? availablePages.value[0],
);
