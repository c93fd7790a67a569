/** What the worker answers about the open heap snapshot, kept in step with the view. */

import { NopsError } from '@nops/core/protocol/errors';
import { computed, effect, signal } from '@preact/signals';
import { view } from '../state/history.js';
import { latest } from '../state/latest.js';
import { askKnown, fail, openedSnapshot } from '../state/store.js';
import type { HeapListing, HeapSort, ObjectsAnswer, ObjectsAsk, PathAnswer } from '../worker/heap-messages.js';

/** Constructors in order, by their numbers. */
export const listed = signal<Uint32Array>(new Uint32Array());
/** Of the constructor `of`. */
export const objects = signal<(ObjectsAnswer & ObjectsAsk) | undefined>(undefined);
/** `id`: what was asked for; without an answer it is not in this snapshot. */
export const path = signal<{ id: number; answer: PathAnswer | undefined } | undefined>(undefined);

export const isCompared = computed(() => openedSnapshot.value?.constructors.compared !== undefined);

/** What has grown is looked for first, else what holds the most. */
export const sort = computed<HeapSort>(() => {
  const own = isCompared.value ? 'size-delta' : 'retained';
  const chosen = view.value.sort || own;
  return !isCompared.value && isOfComparison(chosen) ? own : chosen;
});

function isOfComparison(key: HeapSort): boolean {
  return key === 'new' || key === 'gone' || key.endsWith('-delta');
}

/** Names begin with the first, numbers with the largest. */
export const descending = computed(() => (sort.value !== 'name') !== (view.value.turned === 'yes'));

/** The selected constructor's number; −1: none. */
export const selected = computed(() => {
  const name = view.value.of;
  return name === '' ? -1 : (openedSnapshot.value?.constructors.names.indexOf(name) ?? -1);
});

/** The object whose way to the root is shown: the one that was chosen, else the largest. */
export const shownObject = computed(() => view.value.object || (objects.value?.objects[0]?.id ?? 0));

/** Called once. */
export function startSnapshot(): void {
  const filter = computed(() => view.value.contains);
  effect(() => {
    if (openedSnapshot.value === undefined) return;
    void runList({ sort: sort.value, descending: descending.value, filter: filter.value });
  });
  const onlyNew = computed(() => isCompared.value && view.value.only === 'new');
  effect(() => {
    const [of, only] = [selected.value, onlyNew.value];
    objects.value = undefined;
    if (of >= 0) void runObjects({ of, onlyNew: only });
  });
  effect(() => {
    if (openedSnapshot.value !== undefined && shownObject.value !== 0) void runPath(shownObject.value);
    else path.value = undefined;
  });
}

const runList = latest(async (listing: HeapListing) => {
  const answer = await askKnown('constructors', listing).catch(failUnlessGone);
  if (answer !== undefined) listed.value = answer;
});

const runObjects = latest(async (ask: ObjectsAsk) => {
  const answer = await askKnown('objects', ask).catch(failUnlessGone);
  if (answer !== undefined && selected.peek() === ask.of) objects.value = { ...answer, ...ask };
});

const runPath = latest(async (id: number) => {
  const of = openedSnapshot.peek();
  const answer = await askKnown('path', id).catch(failUnlessGone);
  if (openedSnapshot.peek() === of && shownObject.peek() === id) path.value = { id, answer };
});

/** What was asked when another file was opened is asked again with that one. */
function failUnlessGone(error: unknown): undefined {
  if (!(error instanceof NopsError && error.code === 'no-target')) fail(error);
  return undefined;
}
