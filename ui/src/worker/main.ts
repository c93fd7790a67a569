/** The worker: answers one query after the other, each with its result or with why there is none. */

import type { Flame } from '@nops/core/profile/query/engine';
import { NopsError } from '@nops/core/protocol/errors';
import type { Graph, Queries, QueryName, Request, Response } from './messages.js';
import { Model } from './model.js';
import { openFile } from './open-file.js';
import { readSnapshot } from './read-snapshot.js';
import { readStore } from './read-store.js';
import { SnapshotModel } from './snapshot-model.js';

/** One of them at most. */
let model: Model | undefined;
let snapshot: SnapshotModel | undefined;

const answers: { [Name in QueryName]: (ask: Queries[Name]['ask']) => unknown } = {
  async open({ source, base }) {
    model = undefined; // Two at once may be more than there is memory for.
    snapshot = undefined;
    const file = await openFile(source);
    const other = base === undefined ? undefined : await openFile(base);
    if (file.kind === 'heapsnapshot') {
      snapshot = new SnapshotModel(await readSnapshot(file), other && (await readSnapshot(other)));
      return snapshot.opened();
    }
    model = new Model(await readStore(file, other));
    return model.opened();
  },
  graph: ask => current().graph(ask),
  closeUp: ({ query, window }) => current().closeUp(query, window),
  search: text => current().search(text),
  list: listing => current().list(listing),
  function: ask => current().function(ask),
  facets: query => current().facets(query),
  heatMap: query => current().heatMap(query),
  constructors: listing => currentSnapshot().constructors(listing),
  objects: ask => currentSnapshot().objects(ask),
  path: id => currentSnapshot().path(id),
  export: ({ query, format }) => current().export(query, format),
};

/** Opening takes its time, and what is asked meanwhile is about the profile that is being opened. */
let last = Promise.resolve();
self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  last = last.then(() => answer(data));
});

async function answer({ id, name, ask }: Request): Promise<void> {
  let response: Response;
  try {
    const handler = answers[name] as (ask: unknown) => Response extends { answer: infer A } ? A : never;
    response = { id, answer: await handler(ask) };
  } catch (error) {
    response = { id, error: describe(error) };
  }
  const flames = 'answer' in response ? flamesOf(name, response.answer) : [];
  self.postMessage(response, { transfer: flames.flatMap(columnsOf) });
}

function flamesOf(name: QueryName, answer: unknown): Flame[] {
  if (name === 'closeUp') return [answer as Flame];
  return name === 'graph' ? (answer as Graph).flames : [];
}

/** Layouts are made for the page, and are as large as the profile: they move there instead of being copied. */
function columnsOf({ layout, before }: Flame): ArrayBuffer[] {
  const columns = [layout.rowStarts, layout.starts, layout.ends, layout.parents, layout.groups, before];
  return columns.flatMap(column => (column === undefined ? [] : [column.buffer as ArrayBuffer]));
}

function current(): Model {
  if (model === undefined) throw new Error('no profile is open');
  return model;
}

function currentSnapshot(): SnapshotModel {
  if (snapshot === undefined) throw new NopsError('no-target', 'no heap snapshot is open');
  return snapshot;
}

function describe(error: unknown): Extract<Response, { error: unknown }>['error'] {
  if (error instanceof NopsError) return { code: error.code, message: error.message, next: error.next };
  if (error instanceof RangeError) {
    return { code: 'impossible', message: 'the file needs more memory than the browser gives', next: undefined };
  }
  return { code: 'bug', message: error instanceof Error ? error.message : String(error), next: undefined };
}
