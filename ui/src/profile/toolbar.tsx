/** How the profile is shown: kind of graph, sample type, what a box is, what a colour means; reset and export. */

import { flameStates } from '../flame/flame-state.js';
import { openPalette } from '../shell/commands.js';
import { navigate, viewField } from '../state/history.js';
import { graph, opened } from '../state/store.js';
import { colorings, type Mode, modes } from '../state/url.js';

const modeNames: Record<Mode, string> = { flame: 'Flame', callers: 'Callers', time: 'Time', sandwich: 'Sandwich' };
const byNames = { function: 'functions', module: 'modules', package: 'packages', category: 'categories' };
const colorNames = { category: 'whose code', package: 'packages', difference: 'difference' };

export function Toolbar() {
  const [mode, by, color] = [viewField('mode'), viewField('by'), viewField('color')];
  const types = opened.value?.sampleTypes ?? [];
  const isCompared = graph.value?.costs.before !== undefined;
  return (
    <div class="toolbar" role="toolbar" aria-label="View">
      <fieldset class="modes" aria-label="Kind of graph">
        {modes.map(each => (
          <button
            key={each}
            type="button"
            aria-pressed={each === mode}
            disabled={each === 'time' && opened.value?.isTimed !== true}
            onClick={() => navigate({ mode: each })}
          >
            {modeNames[each]}
          </button>
        ))}
      </fieldset>
      <label>
        Show{' '}
        <select
          value={graph.value?.costs.type}
          onChange={event => navigate({ type: types[Number(event.currentTarget.value)]?.type ?? '' })}
        >
          {types.map(({ type }, index) => (
            <option key={type} value={index}>
              {type}
            </option>
          ))}
        </select>
      </label>
      <Choice label="Of" value={by} names={byNames} choose={chosen => navigate({ by: chosen, group: -1 })} />
      <Choice
        label="Colour"
        value={color}
        names={Object.fromEntries(
          colorings.flatMap(each => (each === 'difference' && !isCompared ? [] : [[each, colorNames[each]]])),
        )}
        choose={chosen => navigate({ color: colorings.find(each => each === chosen) ?? 'category' })}
      />
      <button
        type="button"
        class="end"
        disabled={isWhole()}
        onClick={() => flameStates.forEach(state => void state.zoomTo(0))}
      >
        Reset zoom
      </button>
      <button type="button" onClick={() => openPalette('export ')}>
        Export…
      </button>
    </div>
  );
}

function Choice<T extends string>({
  label,
  value,
  names,
  choose,
}: {
  label: string;
  value: T | 'line';
  names: Record<string, string>;
  choose(chosen: T): void;
}) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={event => choose(event.currentTarget.value as T)}>
        {Object.entries(names).map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function isWhole(): boolean {
  return flameStates.every(({ range, total }) => range.value.to - range.value.from >= total.value);
}
