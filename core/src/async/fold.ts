/** Frames of Node's own and of packages give way to those of the app. */

import type { AsyncFrame } from '../protocol/async-results.js';

/** Code of the app itself, what it evaluates included (no URL): neither Node's own nor of an installed package. */
export function isOwnCode({ url }: AsyncFrame): boolean {
  return !url.startsWith('node:') && !/[/\\]node_modules[/\\]/.test(url);
}

/**
 * Of consecutive frames that are not the app's own only the outermost stays, which is what the app called; `folded` says how many it
 * stands for. It waits as the innermost of them did.
 */
export function foldFrames(frames: readonly AsyncFrame[]): AsyncFrame[] {
  const result: AsyncFrame[] = [];
  let run: AsyncFrame[] = [];
  const endRun = () => {
    const [innermost] = run;
    const outermost = run.at(-1);
    if (innermost !== undefined && outermost !== undefined) {
      result.push(run.length === 1 ? outermost : { ...outermost, link: innermost.link, folded: run.length });
    }
    run = [];
  };
  for (const frame of frames) {
    if (!isOwnCode(frame)) {
      run.push(frame);
      continue;
    }
    endRun();
    result.push(frame);
  }
  endRun();
  return result;
}
