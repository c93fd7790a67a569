/** Which profile is shown, and which one it is compared with: the server's by their ids, in the address; the reader's own files are not. */

import { type DescribedProfile, uiPaths } from '@nops/core/profile/origin';
import { computed, effect, signal } from '@preact/signals';
import { navigate, view } from './history.js';
import { openProfile, source, status } from './store.js';
import { defaultView } from './url.js';

export type ListedProfile = DescribedProfile & { id: string };

/** What the server has. */
export const profiles = signal<ListedProfile[]>([]);
/** The reader's own, while one is shown. */
const own = signal<{ file: Blob; described: DescribedProfile } | undefined>(undefined);

/** `hasFirst`: one of them is what the command was asked for, and is shown at once. */
export function startFiles(list: ListedProfile[], hasFirst: boolean): void {
  profiles.value = list;
  const chosen = computed(() => view.value.open || (hasFirst ? (list[0]?.id ?? '') : ''));
  const base = computed(() => view.value.base);
  effect(() => {
    const file = own.value;
    const [id, other] = [chosen.value, base.value];
    const described = list.find(each => each.id === id);
    const baseUrl = list.some(each => each.id === other) ? urlOf(other) : undefined;
    if (file !== undefined) void openProfile(file.file, file.described, baseUrl);
    else if (described !== undefined) void openProfile(urlOf(id), described, baseUrl);
    else status.value = { kind: 'empty' };
  });
}

/** The view of one profile is not that of another. */
export function openOwn(file: File): void {
  navigate(defaultView);
  own.value = { file, described: { kind: 'file', name: file.name, bytes: file.size } };
}

export function openListed(id: string): void {
  own.value = undefined;
  navigate({ ...defaultView, open: id });
}

/** '': with nothing any more. */
export function compareWithListed(id: string): void {
  if (id === '') navigate({ base: '', compare: '', color: 'category' });
  else navigate({ base: id, compare: 'sides', color: 'difference' });
}

/** What is shown is the later one. */
export function compareWithOwn(file: File): void {
  const { source: shown, described } = source();
  navigate({ compare: 'sides', color: 'difference' });
  void openProfile(shown, described, file);
}

function urlOf(id: string): string {
  return new URL(`${uiPaths.profiles}/${id}`, location.href).href;
}
