/** The lines of the selected function with what each costs; with the source where the server can read it, and a way into an editor. */

import type { SourceResult } from '@nops/core/profile/origin';
import { uiPaths } from '@nops/core/profile/origin';
import { formatValue } from '@nops/core/profile/value-text';
import { formatShare } from '@nops/core/units/format';
import { printable } from '@nops/core/units/printable';
import { effect, signal } from '@preact/signals';
import { detail, graph } from '../state/store.js';
import { chooseEditor, editor, editorLink, editors } from './editor.js';

/** Lines around those that cost something. */
const margin = 2;
/** Longer functions are cut. */
const maxLines = 600;

/** Of the selected function's file; a text that says why there is none. */
const source = signal<{ file: string; lines: string[] } | { file: string; why: string } | undefined>(undefined);

effect(() => {
  const file = detail.value?.file ?? '';
  if (file !== '' && source.peek()?.file !== file) void read(file);
});

async function read(file: string): Promise<void> {
  if (document.getElementById('nops-worker') !== null) return; // a page without a server
  try {
    const response = await fetch(uiPaths.source, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ file }),
    });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const { why, lines } = (await response.json()) as SourceResult;
    if (detail.peek()?.file !== file) return;
    source.value = why === undefined ? { file, lines } : { file, why };
  } catch (error) {
    source.value = { file, why: error instanceof Error ? error.message : String(error) };
  }
}

export function Source() {
  const { lines = [], file = '' } = detail.value ?? {};
  const costs = graph.value?.costs;
  if (lines.length === 0 || costs === undefined) return null;
  const known = source.value?.file === file ? source.value : undefined;
  const text = known !== undefined && 'lines' in known ? known.lines : undefined;
  const shown = rows(lines, text);
  const most = Math.max(...lines.map(({ total }) => total));
  const withShare = (value: number) =>
    value === 0
      ? ''
      : `${formatValue(value, costs.unit)} (${formatShare(costs.total === 0 ? 0 : value / costs.total)})`;
  return (
    <>
      <table class="lines">
        <caption>
          Lines {known !== undefined && 'why' in known && <span class="place">without the source: {known.why}</span>}
        </caption>
        <thead>
          <tr>
            <th scope="col">Self</th>
            <th scope="col">Total</th>
            <th scope="col">Line</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ line, self, total, code }) => (
            <tr key={line} class={heatOf(total / most)}>
              <td class="cost">{withShare(self)}</td>
              <td class="cost">{withShare(total)}</td>
              <td>
                {line === 0 ? (
                  'unknown'
                ) : (
                  <a href={editorLink(file, line)} title={`open in ${editor.value.name}`}>
                    {line}
                  </a>
                )}{' '}
                {code !== undefined && <code>{printable(code)}</code>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <label>
        Editor{' '}
        <select value={editor.value.id} onChange={event => chooseEditor(event.currentTarget.value)}>
          {editors.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

interface Row {
  line: number;
  self: number;
  total: number;
  code: string | undefined;
}

/** With the source all lines from the first to the last one that costs something; else only those. */
function rows(costs: readonly { line: number; self: number; total: number }[], text: string[] | undefined): Row[] {
  const own = costs.map(cost => ({ ...cost, code: text?.[cost.line - 1] }));
  const numbers = own.flatMap(({ line }) => (line > 0 ? [line] : []));
  if (text === undefined || numbers.length === 0) return own;
  const from = Math.max(1, Math.min(...numbers) - margin);
  const to = Math.min(text.length, Math.max(...numbers) + margin, from + maxLines);
  const byLine = new Map(own.map(row => [row.line, row]));
  return Array.from(
    { length: Math.max(0, to - from + 1) },
    (_, i) => byLine.get(from + i) ?? { line: from + i, self: 0, total: 0, code: text[from + i - 1] },
  );
}

function heatOf(share: number): string {
  if (!(share > 0)) return '';
  return share > 0.6 ? 'hot' : share > 0.2 ? 'warm' : 'mild';
}
