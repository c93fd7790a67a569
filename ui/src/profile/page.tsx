/** The page of a profile: flame graphs, the table, and what is known of the selected function. */

import { FlameView } from '../flame/flame.js';
import { flameStates } from '../flame/flame-state.js';
import { Legend } from '../flame/legend.js';
import type { Page } from '../shell/page.js';
import { viewField } from '../state/history.js';
import { graph, groups, isBusy, opened } from '../state/store.js';
import { Chips } from './chips.js';
import { commands } from './commands.js';
import { facts } from './facts.js';
import { HeatStrip } from './heat-strip.js';
import { Notices } from './notices.js';
import { Panel } from './panel.js';
import { SearchBox } from './search-box.js';
import { Toolbar } from './toolbar.js';

export const profilePage: Page = {
  id: 'profile',
  title: 'Profile',
  isAvailable: () => opened.value !== undefined,
  View: ProfileView,
  facts,
  about:
    'Total is what a function and everything it called cost, self what it cost by itself. Siblings stand largest first.',
  commands,
  keys: [
    ['Click, Enter', 'zoom into a frame'],
    ['Double-click, Escape', 'zoom out'],
    ['Drag, wheel', 'pan'],
    ['Ctrl or ⌘ and wheel, pinch, w s, + −', 'zoom'],
    ['a d', 'pan left and right'],
    ['↑ ↓ ← →', 'to the caller, the largest callee, the siblings'],
    ['Home', 'to the root'],
    ['Alt ←, Alt →', 'back and forward, as in any page'],
  ],
};

function ProfileView() {
  if (graph.value === undefined) {
    return (
      <main class="message" aria-busy="true">
        <p>Reading…</p>
      </main>
    );
  }
  return (
    <main aria-busy={isBusy.value}>
      <Toolbar />
      <div class="narrowing">
        <SearchBox />
        <Chips />
      </div>
      <HeatStrip />
      <div class="panes">
        <section class="graph" aria-label="Flame graph">
          <Graphs />
          <Notices />
        </section>
        <Panel />
      </div>
    </main>
  );
}

const titles = {
  merged: 'Flame graph',
  inverted: 'Callers, from where time is spent',
  time: 'Calls in the order of time',
  callers: 'Callers of',
  callees: 'Called by',
};

function Graphs() {
  const flames = graph.value?.flames ?? [];
  const [first, second] = flameStates;
  const name = groups.value?.names[viewField('group')] ?? '';
  if (flames.length === 0) return <p class="notice">Choose a function, in the table or by a click in a flame graph.</p>;
  if (flames.length === 1) {
    return (
      <>
        <FlameView key="one" state={first} title={titles[flames[0]?.kind ?? 'merged']} />
        <Legend state={first} />
      </>
    );
  }
  return (
    <>
      {[first, second].map(state => {
        const title = `${titles[flames[state.slot]?.kind ?? 'merged']} ${name}`;
        return (
          <div class="half" key={state.slot}>
            <h2>
              <bdi>{title}</bdi>
            </h2>
            <FlameView state={state} title={title} />
          </div>
        );
      })}
      <Legend state={second} />
    </>
  );
}
