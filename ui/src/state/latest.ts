/** Runs one call at a time; of those that come meanwhile only the last is run: what a user types faster than it is answered. */
export function latest<Ask>(run: (ask: Ask) => Promise<void>): (ask: Ask) => Promise<void> {
  let running = false;
  let waiting: { ask: Ask } | undefined;
  return async ask => {
    waiting = { ask };
    if (running) return;
    running = true;
    try {
      while (waiting !== undefined) {
        const next: { ask: Ask } = waiting;
        waiting = undefined;
        await run(next.ask);
      }
    } finally {
      running = false;
    }
  };
}
