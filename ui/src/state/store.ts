/**
 * What the page shows, as signals. The worker holds the profile; here is what it answered, and the view on it:
 *
 *   view (in the address)  →  shown (the sample type's flame graph)  →  found (the search's matches), listed (the table's rows)
 *                          →  range (left and right edge; also moved by wheel and drag)
 */

import type { ProfileOrigin } from '@nops/core/profile/origin';
import { NopsError } from '@nops/core/protocol/errors';
import { batch, computed, effect, signal } from '@preact/signals';
import { WorkerClient } from '../worker/client.js';
import type { Found, Listing, Opened, Shown } from '../worker/messages.js';
import { latest } from './latest.js';
import { formatView, parseView, type ViewState } from './url.js';

export type Status =
  | { kind: 'empty' }
  | { kind: 'loading'; what: string }
  | { kind: 'ready' }
  | { kind: 'failed'; message: string; next: string | undefined };

/** No expression that is any use takes longer, on however big a profile. */
const searchDeadlineMs = 5_000;

const worker = new WorkerClient();
let source: string | Blob = '';

export const status = signal<Status>({ kind: 'loading', what: 'Starting' });
export const origin = signal<ProfileOrigin['profile']>(undefined);
export const opened = signal<Opened | undefined>(undefined);
export const shown = signal<Shown | undefined>(undefined);
export const found = signal<Found | undefined>(undefined);
/** Why there are no matches although something is searched. */
export const searchProblem = signal('');
export const listing = signal<Listing>({ sort: 'self', descending: true, filter: '' });
export const listed = signal<Uint32Array>(new Uint32Array());

export const view = signal<ViewState>(parseView(location.hash));
export const range = signal({ from: 0, to: 0 });

/** The box that fills the width; 0 when the zoomed frame costs nothing in this sample type. */
export const zoomedBox = computed(() => {
  const layout = shown.value?.layout;
  return layout === undefined ? 0 : Math.max(0, layout.nodes.indexOf(view.value.zoom));
});

/** Changes the view. A step that can be gone back is an entry in the browser's history; typing is not. */
export function navigate(change: Partial<ViewState>, how: 'step' | 'typing' = 'step'): void {
  const next = { ...view.value, ...change };
  const address = formatView(next);
  if (address === formatView(view.value)) return;
  if (how === 'step') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  view.value = next;
}

/** Reads a profile and shows it; what was shown before is gone. */
export async function openProfile(from: string | Blob, described: ProfileOrigin['profile']): Promise<void> {
  source = from;
  batch(() => {
    status.value = { kind: 'loading', what: `Reading ${described?.name ?? 'the profile'}` };
    origin.value = described;
    opened.value = undefined;
    shown.value = undefined;
    found.value = undefined;
  });
  try {
    const answer = await worker.ask('open', from);
    const graph = await worker.ask('show', typeIndex(answer));
    if (source !== from) return; // another one was opened meanwhile
    batch(() => {
      opened.value = answer;
      shown.value = graph;
      status.value = { kind: 'ready' };
    });
  } catch (error) {
    if (source === from) fail(error);
  }
}

export function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof NopsError ? error.next : undefined;
  status.value = { kind: 'failed', message, next };
}

/** Keeps what the worker answers in step with the view. Called once. */
export function startStore(): void {
  addEventListener('popstate', () => {
    view.value = parseView(location.hash);
  });
  const type = computed(() => (opened.value === undefined ? undefined : typeIndex(opened.value)));
  const text = computed(() => view.value.search);
  const zoom = computed(() => view.value.zoom);
  effect(() => {
    if (type.value !== undefined && shown.peek()?.type !== type.value) void showType(type.value);
  });
  effect(() => {
    const [graph, wanted] = [shown.value, text.value];
    if (graph !== undefined) void runSearch(wanted);
  });
  effect(() => {
    const [graph, wanted] = [shown.value, listing.value];
    if (graph !== undefined) void runList(wanted);
  });
  effect(() => {
    const layout = shown.value?.layout;
    void zoom.value;
    if (layout === undefined) return;
    const box = zoomedBox.peek();
    range.value = { from: layout.starts[box] ?? 0, to: layout.ends[box] ?? 0 };
  });
}

function typeIndex({ sampleTypes, defaultType }: Opened): number {
  const index = sampleTypes.findIndex(({ type }) => type === view.value.type);
  return index < 0 ? defaultType : index;
}

const showType = latest(async (type: number) => {
  try {
    shown.value = await worker.ask('show', type);
  } catch (error) {
    fail(error);
  }
});

/** An expression that ran into its deadline is not tried again, and why. */
let givenUp = { text: '', why: '' };

const runSearch = latest(async (text: string) => {
  if (text === '') return setFound(undefined, '');
  if (text === givenUp.text) return setFound(undefined, givenUp.why);
  try {
    const answer = await worker.ask('search', text, searchDeadlineMs);
    if (typeof answer === 'string') setFound(undefined, answer);
    else if (answer.type === shown.peek()?.type) setFound(answer, '');
  } catch (error) {
    if (!(error instanceof NopsError && error.code === 'no-answer')) return fail(error);
    givenUp = { text, why: `The search was given up: ${error.message}` };
    setFound(undefined, givenUp.why);
    // The worker is a new one.
    const again = await worker.ask('open', source).catch(fail);
    if (again !== undefined) await showType(typeIndex(again));
  }
});

const runList = latest(async (wanted: Listing) => {
  try {
    listed.value = await worker.ask('list', wanted);
  } catch (error) {
    if (!(error instanceof NopsError && error.code === 'no-answer')) fail(error);
  }
});

function setFound(matches: Found | undefined, problem: string): void {
  batch(() => {
    found.value = matches;
    searchProblem.value = problem;
  });
}
