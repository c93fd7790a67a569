/** The page: header, and below it the view, or why there is none. */

import { Flame } from './flame/flame.js';
import { Legend } from './flame/legend.js';
import { Tooltip } from './flame/tooltip.js';
import { FunctionTable } from './function-table.js';
import { Header } from './header.js';
import { shown, status } from './state/store.js';
import { Toolbar } from './toolbar.js';

export function App() {
  return (
    <>
      <Header />
      <Body />
    </>
  );
}

function Body() {
  const { value } = status;
  if (value.kind === 'failed') {
    return (
      <main class="message">
        <div role="alert">
          <h2>There is nothing to show: {value.message}</h2>
          {value.next !== undefined && <p>{value.next}</p>}
        </div>
      </main>
    );
  }
  if (value.kind === 'empty') {
    return (
      <main class="message">
        <h2>Drop a profile here, or open one</h2>
        <p>CPU and heap profiles in the pprof format (.pb.gz), as “nops cpu” and “go tool pprof” write them.</p>
        <p>The file stays in this browser.</p>
      </main>
    );
  }
  if (shown.value === undefined) {
    return (
      <main class="message" aria-busy="true">
        <p>{value.kind === 'loading' ? value.what : 'Reading'}…</p>
      </main>
    );
  }
  return (
    <main>
      <Toolbar />
      <div class="panes">
        <section class="graph" aria-label="Flame graph">
          <Flame />
          <Legend />
        </section>
        <FunctionTable />
      </div>
      {shown.value.negative > 0 && (
        <p class="notice">{shown.value.negative} samples with negative values are left out.</p>
      )}
      <Tooltip />
    </main>
  );
}
