/**
 * What the page shows, as signals. The worker holds the samples; here is what it answered, and the view on it:
 *
 *   view (in the address)  →  graph (costs and boxes)  →  found (the search's matches), listed (the table's rows)
 *                          →  detail (the selected function), facets, heat (how busy when)
 */

import type { FlameRange } from '@nops/core/profile/flame/range';
import { isQuick, matchFlame } from '@nops/core/profile/flame/search';
import type { ProfileOrigin } from '@nops/core/profile/origin';
import type { Flame, FlameKind, Query } from '@nops/core/profile/query/engine';
import type { Facet } from '@nops/core/profile/query/facets';
import type { HeatMap } from '@nops/core/profile/query/heat-map';
import { NopsError } from '@nops/core/protocol/errors';
import { batch, computed, effect, signal } from '@preact/signals';
import { WorkerClient } from '../worker/client.js';
import type { OpenedSnapshot } from '../worker/heap-messages.js';
import type {
  Found,
  FunctionAnswer,
  Graph,
  Groups,
  Listing,
  Opened,
  Queries,
  QueryName,
  TextFormat,
} from '../worker/messages.js';
import { searchGroups } from '../worker/search-groups.js';
import { graphView, listenToHistory, view } from './history.js';
import { latest } from './latest.js';
import type { ViewState } from './url.js';

export type Status =
  | { kind: 'empty' }
  | { kind: 'loading'; what: string }
  | { kind: 'ready' }
  | { kind: 'failed'; message: string; next: string | undefined };

/** No expression that is any use takes longer, on however big a profile. */
const searchDeadlineMs = 5_000;
const filterDeadlineMs = 30_000;

const worker = new WorkerClient();
let opening: { source: string | Blob; base: string | Blob | undefined } = { source: '', base: undefined };

export const status = signal<Status>({ kind: 'loading', what: 'Starting' });
export const origin = signal<ProfileOrigin['profile']>(undefined);
/** What is open is one of both. */
export const opened = signal<Opened | undefined>(undefined);
export const openedSnapshot = signal<OpenedSnapshot | undefined>(undefined);
export const graph = signal<Graph | undefined>(undefined);
/** In the order of time, a part of a flame in more detail. */
export const closeUp = signal<(FlameRange & { of: Flame; flame: Flame }) | undefined>(undefined);
/** For which view; while it is another than `graphView`, the answer is awaited. */
export const shownView = signal('');
export const groups = signal<Groups | undefined>(undefined);
/** Why the view can't be had, as a filter that is no expression; what was shown before stays. */
export const problem = signal('');
/** Whether an answer is awaited. */
export const isBusy = signal(false);
export const found = signal<Found | undefined>(undefined);
/** Why there are no matches although something is searched. */
export const searchProblem = signal('');
export const listing = signal<Listing>({ sort: 'self', descending: true, filter: '' });
export const listed = signal<Uint32Array>(new Uint32Array());
export const detail = signal<(FunctionAnswer & { group: number }) | undefined>(undefined);
export const facets = signal<Facet[]>([]);
export const heat = signal<HeatMap | undefined>(undefined);

/** Reads a profile and shows it; what was shown before is gone. */
export async function openProfile(
  from: string | Blob,
  described: ProfileOrigin['profile'],
  base?: string | Blob,
): Promise<void> {
  const wanted = { source: from, base };
  opening = wanted;
  batch(() => {
    status.value = { kind: 'loading', what: `Reading ${described?.name ?? 'the profile'}` };
    origin.value = described;
    opened.value = undefined;
    openedSnapshot.value = undefined;
    graph.value = undefined;
    closeUp.value = undefined;
    groups.value = undefined;
    found.value = undefined;
    detail.value = undefined;
    facets.value = [];
    heat.value = undefined;
    shownView.value = '';
    problem.value = '';
  });
  try {
    const answer = await worker.ask('open', wanted);
    if (opening !== wanted) return; // another one was opened meanwhile
    batch(() => {
      if ('constructors' in answer) openedSnapshot.value = answer;
      else opened.value = answer;
      status.value = { kind: 'ready' };
    });
  } catch (error) {
    if (opening === wanted) fail(error);
  }
}

/** What is open: where it is read from. */
export function source(): { source: string | Blob; described: ProfileOrigin['profile'] } {
  return { source: opening.source, described: origin.peek() };
}

export function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof NopsError ? error.next : undefined;
  status.value = { kind: 'failed', message, next };
}

const typeIndex = computed(() => {
  const { value } = opened;
  if (value === undefined) return 0;
  const index = value.sampleTypes.findIndex(({ type }) => type === view.value.type);
  return index < 0 ? value.defaultType : index;
});

function queryOf(of: ViewState, { isCompared, isTimed }: Opened): Query {
  const compare = of.compare === 'sides' && isCompared ? 'sides' : of.compare === 'rest' ? 'rest' : undefined;
  return {
    type: typeIndex.peek(),
    filters: of.filters,
    by: of.by,
    rootLabels: of.roots,
    time: isTimed ? of.time : undefined,
    compare,
  };
}

function kindsOf({ mode, group }: ViewState, { isTimed }: Opened): FlameKind[] {
  if (mode === 'callers') return ['inverted'];
  if (mode === 'time' && isTimed) return ['time'];
  if (mode === 'sandwich') return group < 0 ? [] : ['callers', 'callees'];
  return ['merged'];
}

/** Keeps what the worker answers in step with the view. Called once. */
export function startStore(): void {
  listenToHistory();
  effect(() => {
    void graphView.value;
    if (opened.value !== undefined) void runGraph(undefined);
  });
  const text = computed(() => view.value.search);
  effect(() => {
    const [shown, wanted] = [graph.value, text.value];
    if (shown === undefined) return;
    if (isQuick(wanted)) searchHere(shown, wanted);
    else void runSearch(wanted);
  });
  effect(() => {
    const [shown, wanted] = [graph.value, listing.value];
    if (shown !== undefined) void runList(wanted);
  });
  const group = computed(() => view.value.group);
  effect(() => {
    const [shown, wanted] = [graph.value, group.value];
    if (shown !== undefined) void runDetail(wanted);
  });
  const panel = computed(() => view.value.panel);
  effect(() => {
    const shown = graph.value;
    if (shown !== undefined && panel.value === 'labels') void runFacets(shown.query);
  });
  effect(() => {
    const shown = graph.value;
    if (shown !== undefined && opened.value?.isTimed === true) void runHeat(shown.query);
  });
}

const runGraph = latest(async () => {
  const of = opened.peek();
  if (of === undefined) return;
  const [current, key] = [view.peek(), graphView.peek()];
  const ask = {
    query: queryOf(current, of),
    kinds: kindsOf(current, of),
    group: Math.max(0, current.group),
    known: groups.peek() === undefined ? '' : (graph.peek()?.groupsKey ?? ''),
  };
  isBusy.value = true;
  try {
    const answer = await askKnown('graph', ask, current.filters.length > 0 ? filterDeadlineMs : undefined);
    if (opened.peek() !== of) return;
    batch(() => {
      if (answer.groups !== undefined) groups.value = answer.groups;
      found.value = undefined;
      closeUp.value = undefined;
      problem.value = '';
      shownView.value = key;
      graph.value = answer;
    });
  } catch (error) {
    if (!(error instanceof NopsError)) return fail(error);
    problem.value = error.message;
    if (error.code === 'no-answer') await reopen();
  } finally {
    isBusy.value = false;
  }
});

/** In the same frame, without asking the worker. */
function searchHere(shown: Graph, text: string): void {
  const known = groups.peek();
  try {
    if (text === '' || known === undefined) setFound(undefined, '');
    else showFound(shown, searchGroups(known, shown.costs.totals, text));
  } catch (error) {
    setFound(undefined, error instanceof Error ? error.message : String(error));
  }
}

function showFound(shown: Graph, answer: Omit<Found, 'matches'>): void {
  setFound({ ...answer, matches: shown.flames.map(({ layout }) => matchFlame(layout, answer.groups)) }, '');
}

/** An expression that ran into its deadline is not tried again, and why. */
let givenUp = { text: '', why: '' };

const runSearch = latest(async (text: string) => {
  if (text === '') return setFound(undefined, '');
  if (text === givenUp.text) return setFound(undefined, givenUp.why);
  const shown = graph.peek();
  try {
    const answer = await askKnown('search', text, searchDeadlineMs);
    if (graph.peek() !== shown || shown === undefined || view.peek().search !== text) return;
    if (typeof answer === 'string') return setFound(undefined, answer);
    showFound(shown, answer);
  } catch (error) {
    if (!(error instanceof NopsError && error.code === 'no-answer')) return fail(error);
    givenUp = { text, why: `The search was given up: ${error.message}` };
    setFound(undefined, givenUp.why);
    await reopen();
  }
});

/** While a new worker is told what the one before it knew, what is about that waits. */
let known: Promise<unknown> = Promise.resolve();

/** After a deadline the worker is a new one that knows nothing: it opens the same again, and answers what is shown. */
function reopen(): Promise<unknown> {
  const shown = graph.peek();
  known = worker
    .ask('open', opening)
    .then(() => shown && worker.ask('graph', { query: shown.query, kinds: [], group: 0, known: shown.groupsKey }))
    .catch(fail);
  return known;
}

const runList = latest(async (wanted: Listing) => {
  const answer = await askKnown('list', wanted).catch(failUnlessGivenUp);
  if (answer !== undefined) listed.value = answer;
});

const runDetail = latest(async (group: number) => {
  const shown = graph.peek();
  if (group < 0 || shown === undefined || group >= shown.costs.selfs.length) {
    detail.value = undefined;
    return;
  }
  const answer = await askKnown('function', { query: shown.query, group }).catch(failUnlessGivenUp);
  if (answer !== undefined && graph.peek() === shown) detail.value = { ...answer, group };
});

const runFacets = latest(async (query: Query) => {
  const answer = await askKnown('facets', query).catch(failUnlessGivenUp);
  if (answer !== undefined) facets.value = answer;
});

let heatKey = '';
const runHeat = latest(async (query: Query) => {
  const key = JSON.stringify({ ...query, time: undefined, type: 0, by: '' });
  if (key === heatKey && heat.peek() !== undefined) return;
  heatKey = key;
  const answer = await askKnown('heatMap', query).catch(failUnlessGivenUp);
  if (answer !== undefined) heat.value = answer;
});

/** Undefined when it was given up together with another query. */
export function askCloseUp(query: Query, window: FlameRange): Promise<Flame | undefined> {
  return askKnown('closeUp', { query, window }).catch(failUnlessGivenUp);
}

export function exportText(query: Query, format: TextFormat): Promise<Blob> {
  return askKnown('export', { query, format });
}

export async function askKnown<Name extends QueryName>(name: Name, ask: Queries[Name]['ask'], deadlineMs?: number) {
  await known;
  return worker.ask(name, ask, deadlineMs);
}

/** What was asked when another query was given up is asked again with the next graph. */
function failUnlessGivenUp(error: unknown): undefined {
  if (!(error instanceof NopsError && error.code === 'no-answer')) fail(error);
  return undefined;
}

function setFound(matches: Found | undefined, why: string): void {
  batch(() => {
    found.value = matches;
    searchProblem.value = why;
  });
}
