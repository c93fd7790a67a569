/** Subscriptions to diagnostics channels that never throw into the app: a publisher reports what a subscriber throws as uncaught. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';

export type Listener = (message: never) => void;

/** Returns what ends all of them. */
export function subscribeAll(listeners: Record<string, Listener>): () => void {
  const guarded = Object.entries(listeners).map(([channel, listener]) => {
    const guard = (message: unknown): void => {
      try {
        listener(message as never);
      } catch {
        // One request less in the trace is better than the end of the process.
      }
    };
    subscribe(channel, guard);
    return () => void unsubscribe(channel, guard);
  });
  return () => {
    for (const end of guarded) end();
  };
}
