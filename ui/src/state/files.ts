/** Which profile is shown, and which one it is compared with: the server's by their ids, in the address; the reader's own files are not. */

import { type DescribedProfile, uiPaths } from '@nops/core/profile/origin';
import { batch, computed, effect, signal } from '@preact/signals';
import { navigate, view } from './history.js';
import { openProfile, source, status } from './store.js';
import { defaultView, formatView } from './url.js';

export type ListedProfile = DescribedProfile & { id: string };

/** What the server has. */
export const profiles = signal<ListedProfile[]>([]);
/** The reader's own, while one is shown. */
const own = signal<{ file: Blob; described: DescribedProfile; base: Blob | undefined } | undefined>(undefined);

/** `hasFirst`: one of them is what the command was asked for, and is shown at once; compared with `firstBase`, unless the address says more. */
export function startFiles(list: ListedProfile[], hasFirst: boolean, firstBase: string | undefined): void {
  profiles.value = list;
  if (firstBase !== undefined && formatView(view.peek()) === formatView(defaultView))
    navigate({ base: firstBase }, 'typing');
  const chosen = computed(() => view.value.open || (hasFirst ? (list[0]?.id ?? '') : ''));
  const base = computed(() => view.value.base);
  effect(() => {
    const file = own.value;
    const [id, other] = [chosen.value, base.value];
    const described = list.find(each => each.id === id);
    const baseUrl = list.some(each => each.id === other) ? urlOf(other) : undefined;
    if (file !== undefined) void openProfile(file.file, file.described, file.base ?? baseUrl);
    else if (described !== undefined) void openProfile(urlOf(id), described, baseUrl);
    else status.value = { kind: 'empty' };
  });
}

const sides = { compare: 'sides', color: 'difference' } as const;

/** The view of one profile is not that of another. `base`: what it is compared with. */
export function openOwn(file: File, base?: File): void {
  batch(() => {
    navigate(base === undefined ? defaultView : { ...defaultView, ...sides });
    own.value = { file, described: { kind: 'file', name: file.name, bytes: file.size }, base };
  });
}

export function openListed(id: string): void {
  batch(() => {
    own.value = undefined;
    navigate({ ...defaultView, open: id });
  });
}

/** '': with nothing any more. */
export function compareWithListed(id: string): void {
  batch(() => {
    if (own.value?.base !== undefined) own.value = { ...own.value, base: undefined };
    if (id === '') navigate({ base: '', compare: '', color: 'category' });
    else navigate({ base: id, ...sides });
  });
}

/** What is shown is the later one. */
export function compareWithOwn(file: File): void {
  const { source: shown, described } = source();
  navigate(sides);
  void openProfile(shown, described, file);
}

function urlOf(id: string): string {
  return new URL(`${uiPaths.profiles}/${id}`, location.href).href;
}
