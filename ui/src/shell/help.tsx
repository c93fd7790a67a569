/** The sheet of keys and gestures, on `?`: the commands of the current page, and what is no command. */

import { currentPage } from '../pages.js';
import { shellCommands } from './commands.js';
import { Dialog, helpOpen } from './dialogs.js';

export function Help() {
  return (
    <Dialog open={helpOpen} title="Keys and gestures">
      <h2>Keys and gestures</h2>
      <dl>
        {lines().map(([keys, what]) => (
          <div key={what}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p>{currentPage.value?.about}</p>
      <button
        type="button"
        onClick={() => {
          helpOpen.value = false;
        }}
      >
        Close
      </button>
    </Dialog>
  );
}

function lines(): (readonly [string, string])[] {
  const page = currentPage.value;
  const commands = [...(page?.commands ?? []), ...shellCommands];
  return [
    ...(page?.keys ?? []),
    ...commands.flatMap(({ key, title }) => (key === undefined ? [] : [[key, title] as const])),
  ];
}
