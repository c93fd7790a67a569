/** All that can be done now, found by typing a part of it: Ctrl K. */

import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Dialog, paletteOpen, paletteText } from './dialogs.js';
import { enabledCommands } from './keys.js';
import type { Command } from './page.js';

export function Palette() {
  return (
    <Dialog open={paletteOpen} title="Commands">
      <Chooser />
    </Dialog>
  );
}

function matching(text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/);
  return enabledCommands().filter(({ title }) => words.every(word => title.toLowerCase().includes(word)));
}

function Chooser() {
  const input = useRef<HTMLInputElement>(null);
  // Before the browser has time for another key: what is typed at once would be lost.
  useLayoutEffect(() => input.current?.focus(), []);
  const text = useSignal(paletteText.peek());
  const chosen = useSignal(0);
  const found = matching(text.value);
  const at = Math.min(chosen.value, found.length - 1);
  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    paletteOpen.value = false;
    command.run();
  };
  const steps: Record<string, () => void> = {
    ArrowDown: () => {
      chosen.value = Math.min(at + 1, found.length - 1);
    },
    ArrowUp: () => {
      chosen.value = Math.max(0, at - 1);
    },
    // Of what is typed, not of what is drawn: who types fast is ahead of that.
    Enter: () => run(matching(text.value)[chosen.value]),
  };
  return (
    <div class="palette">
      <input
        ref={input}
        type="text"
        aria-label="Command"
        aria-controls="palette-list"
        aria-activedescendant={found[at] === undefined ? undefined : `command-${found[at].id}`}
        placeholder="what to do"
        autocomplete="off"
        spellcheck={false}
        autofocus
        value={text.value}
        onInput={event => {
          text.value = event.currentTarget.value;
          chosen.value = 0;
        }}
        onKeyDown={event => {
          const step = steps[event.key];
          if (step === undefined) return;
          step();
          event.preventDefault();
        }}
      />
      <div id="palette-list" class="options" role="listbox" tabIndex={-1} aria-label="Commands">
        {found.map((command, i) => (
          <div
            key={command.id}
            id={`command-${command.id}`}
            role="option"
            // The focus stays where one types; arrows and Enter are heard there.
            tabIndex={-1}
            aria-selected={i === at}
            onClick={() => run(command)}
            onKeyDown={undefined}
          >
            <span>{command.title}</span> <kbd>{command.key}</kbd>
          </div>
        ))}
      </div>
    </div>
  );
}
