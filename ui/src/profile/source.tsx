/**
 * The lines of the selected function with what each costs; with the source where the server can read it, and a way into an editor. Of compiled
 * code it is the source that its map leads to, with the costs of the lines that ran.
 */

import { formatValue } from '@nops/core/profile/value-text';
import { formatShare } from '@nops/core/units/format';
import { printable } from '@nops/core/units/printable';
import { detail, graph } from '../state/store.js';
import { chooseEditor, editor, editorLink, editors } from './editor.js';
import { mappedCosts } from './mapped-costs.js';
import { type KnownSource, sourceFor } from './source-text.js';

/** Lines around those that cost something. */
const margin = 2;
/** Longer functions are cut. */
const maxLines = 600;

export function Source() {
  const { lines = [], file = '', group = 0 } = detail.value ?? {};
  const costs = graph.value?.costs;
  if (lines.length === 0 || costs === undefined) return null;
  const known = sourceFor(file, lines);
  const text = known?.lines;
  const inSource = mappedCosts(lines, known?.map === undefined ? undefined : known.places, costs.totals[group] ?? 0);
  const shown = rows(inSource.costs, text);
  const most = Math.max(...lines.map(({ total }) => total));
  const withShare = (value: number) =>
    value === 0
      ? ''
      : `${formatValue(value, costs.unit)} (${formatShare(costs.total === 0 ? 0 : value / costs.total)})`;
  return (
    <>
      <table class="lines">
        <caption>
          Lines <Caption known={known} />
        </caption>
        <thead>
          <tr>
            <th scope="col">Self</th>
            <th scope="col">Total</th>
            <th scope="col">Line</th>
          </tr>
        </thead>
        <tbody>
          {[...shown, ...inSource.left].map(({ line, self, total, code, left }) => (
            <tr key={`${left ? 'ran' : ''}${line}`} class={heatOf(total / most)}>
              <td class="cost">{withShare(self)}</td>
              <td class="cost">{withShare(total)}</td>
              <td>
                {line === 0 ? 'unknown' : <Line file={left ? file : (known?.shown ?? file)} line={line} />}{' '}
                {left && 'of the code that ran'}
                {code !== undefined && <code>{printable(code)}</code>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <InRepository known={known} line={hottest(shown)} />
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

/** What the lines are of. */
function Caption({ known }: { known: KnownSource | undefined }) {
  if (known === undefined) return null;
  if (known.map === undefined)
    return known.why === undefined ? null : (
      <span class="place">
        {known.lines === undefined ? 'without the source: ' : 'of the code that ran: '}
        {printable(known.why)}
      </span>
    );
  return (
    <span class="place" title={`by ${printable(known.map)}`}>
      of <bdi>{printable(known.shown)}</bdi>, by the source map of the code that ran
    </span>
  );
}

/** The line that costs most, where the checkout's commit is on the web. */
function InRepository({ known, line }: { known: KnownSource | undefined; line: number }) {
  const { commit = '', address } = known?.repository ?? {};
  if (address === undefined) return null;
  return (
    <p>
      <a href={address.replace('{line}', String(line))} target="_blank" rel="noreferrer">
        Line {line} in the repository
      </a>{' '}
      <span class="place">at commit {commit.slice(0, 10)}, which is checked out here</span>
    </p>
  );
}

function hottest(rows: readonly Row[]): number {
  return rows.reduce((most, row) => (row.total > most.total ? row : most), rows[0] ?? { line: 1, total: 0 }).line;
}

/** A source that is no file, as `webpack://…`, can't be opened. */
function Line({ file, line }: { file: string; line: number }) {
  if (!file.startsWith('/')) return <>{line}</>;
  return (
    <a href={editorLink(file, line)} title={`open in ${editor.value.name}`}>
      {line}
    </a>
  );
}

interface Row {
  line: number;
  self: number;
  total: number;
  code: string | undefined;
  /** Of the code that ran, where the source map does not lead from it. */
  left?: boolean;
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
