/** Processes that began as a startup snapshot of the app's own (`--snapshot-blob`), in which no worker thread can use the network. */

const firstBroken = 22;

/**
 * Why an agent would end this process; undefined when it would not. In a process from such a snapshot the first worker that loads
 * node:net aborts all of it, whoever's worker it is: "Assertion failed: shutdown_wrap_template_.IsEmpty()" (src/env-inl.h), seen on
 * Node 22.23, 24.21 and 26.10, not on 20.20.
 */
export function snapshotObjection(): string | undefined {
  const isFromSnapshot = process.execArgv.some(word => /^--snapshot-blob(?:=|$)/.test(word));
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (!isFromSnapshot || major < firstBroken) return undefined;
  return `the process began as a startup snapshot (--snapshot-blob), in which Node ${major} aborts when a worker thread loads node:net`;
}
