/** The source of the selected function, asked of the server as soon as there is one; a page without a server has none. */

import { maxPlaces, type SourceAsk, type SourceResult, uiPaths } from '@nops/core/profile/origin';
import type { LineCost } from '@nops/core/profile/query/line-costs';
import { effect, signal } from '@preact/signals';
import { detail } from '../state/store.js';
import { placeKey } from './mapped-costs.js';

export interface KnownSource {
  /** As the profile names it. */
  file: string;
  /** What lines are of: the same, or what its source map leads to. */
  shown: string;
  lines: string[] | undefined;
  /** Why there are none, or why those that ran are shown though there is a source map. */
  why: string | undefined;
  /** The map that was followed. */
  map: string | undefined;
  repository: SourceResult['repository'];
  /** By place that was asked for, its line in a mapped source; 0 where there is none. */
  places: ReadonlyMap<string, number>;
}

const source = signal<KnownSource | undefined>(undefined);

/** Undefined: it is not known yet, or not for these places. */
export function sourceFor(file: string, costs: readonly LineCost[]): KnownSource | undefined {
  return isFor(source.value, file, costs) ? source.value : undefined;
}

effect(() => {
  const { file = '', lines = [] } = detail.value ?? {};
  if (file !== '' && lines.length > 0 && !isFor(source.peek(), file, lines)) void read(file, lines);
});

function isFor(known: KnownSource | undefined, file: string, costs: readonly LineCost[]): boolean {
  return known?.file === file && costs.every(cost => known.places.has(placeKey(cost)));
}

async function read(file: string, costs: readonly LineCost[]): Promise<void> {
  if (document.getElementById('nops-worker') !== null) return; // a page without a server
  const found = await ask({ file, places: costs.slice(0, maxPlaces).map(({ line, column }) => [line, column]) });
  if (detail.peek()?.lines !== costs) return;
  const { why, unmapped, mapped, lines, repository, file: shown = file } = found;
  source.value = {
    file,
    shown,
    lines: why === undefined ? lines : undefined,
    why: why ?? unmapped,
    map: mapped?.map,
    repository,
    places: new Map(costs.map((cost, i) => [placeKey(cost), mapped?.lines[i] ?? 0])),
  };
}

async function ask(body: SourceAsk): Promise<SourceResult> {
  try {
    const response = await fetch(uiPaths.source, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return (await response.json()) as SourceResult;
  } catch (error) {
    return { schema: 'nops.ui-source/1', lines: [], why: error instanceof Error ? error.message : String(error) };
  }
}
