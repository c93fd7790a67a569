/** The example's processes are children of the walk-through: they tell it when they are ready, and end when it is gone. */

export function ready(message: object): void {
  process.send?.({ type: 'ready', ...message });
  for (const end of ['disconnect', 'SIGTERM']) process.on(end, () => process.exit(0));
}

/** Calls `listener` with every message that the walk-through sends. */
export function onMessage(listener: (message: { type: string; [field: string]: unknown }) => void): void {
  process.on('message', message => listener(message as { type: string }));
}
