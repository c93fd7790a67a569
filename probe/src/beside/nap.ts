/** A short wait that holds this thread: between two looks at a process that is about to do something. */

const never = new Int32Array(new SharedArrayBuffer(4));

export function nap(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
