/** Beside the graph: the table, the selected function, or labels. */

import { navigate, viewField } from '../state/history.js';
import { opened } from '../state/store.js';
import { type Panel as PanelName, panels } from '../state/url.js';
import { FunctionDetail } from './function-detail.js';
import { FunctionTable } from './function-table.js';
import { Labels } from './labels.js';

const names: Record<PanelName, string> = { functions: 'Functions', function: 'Selected', labels: 'Labels' };

const contents = { functions: FunctionTable, function: FunctionDetail, labels: Labels };

export function Panel() {
  const panel = viewField('panel');
  const Content = contents[panel];
  return (
    <section class="panel" aria-label={names[panel]}>
      <fieldset class="tabs" aria-label="Beside the graph">
        {panels.map(each => (
          <button
            key={each}
            type="button"
            aria-pressed={each === panel}
            disabled={each === 'labels' && opened.value?.isLabelled !== true}
            onClick={() => navigate({ panel: each })}
          >
            {names[each]}
          </button>
        ))}
      </fieldset>
      <Content />
    </section>
  );
}
