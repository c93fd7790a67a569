/** The page: header, and below it the current page's view, or why there is none. */

import { currentPage } from './pages.js';
import { Header } from './shell/header.js';
import { Help } from './shell/help.js';
import { Palette } from './shell/palette.js';
import { Library } from './shell/profile-choice.js';
import { status } from './state/store.js';

export function App() {
  return (
    <>
      <Header />
      <Body />
      <Help />
      <Palette />
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
        <p>
          CPU and heap profiles, and heap snapshots: pprof (.pb.gz), .cpuprofile, .heapprofile, .heapsnapshot, Chrome
          traces, speedscope, Firefox Profiler, collapsed stacks.
        </p>
        <p>The file stays in this browser.</p>
        <Library />
      </main>
    );
  }
  const page = currentPage.value;
  if (value.kind === 'loading' || page === undefined) {
    return (
      <main class="message" aria-busy="true">
        <p>{value.kind === 'loading' ? value.what : 'Reading'}…</p>
      </main>
    );
  }
  return <page.View />;
}
