/** What is drawn by hand, and not by components: again whenever a signal that it reads has changed, and at most once a frame. */

import { effect } from '@preact/signals';

/** `prepare` reads signals and gives what to do in the next frame; the returned function ends it. */
export function drawOnChange(prepare: () => (() => void) | undefined): () => void {
  let draw: (() => void) | undefined;
  let scheduled = 0;
  const stop = effect(() => {
    draw = prepare();
    if (scheduled !== 0) return;
    scheduled = requestAnimationFrame(() => {
      scheduled = 0;
      draw?.();
    });
  });
  return () => {
    stop();
    cancelAnimationFrame(scheduled);
  };
}
