/**
 * Which signals an app listens to itself, read from libuv's own list in its memory: a red-black tree of handles at `uv__signal_tree`
 * (deps/uv/src/unix/signal.c). The kernel tells only that a signal is caught, not by whom; Node catches SIGUSR1 for its inspector.
 */

import { ElfFile } from '../beside/elf/elf-file.js';
import { isMisread } from '../beside/stack/misread.js';
import { addressAt } from '../beside/target-memory.js';
import type { V8Process } from '../beside/v8/process.js';

/**
 * struct uv_signal_s, deps/uv/include/uv.h and uv/unix.h, on 64-bit Linux: UV_HANDLE_FIELDS take 96 bytes (type at 16), then signal_cb,
 * signum at 104, and from 112 on the tree's left, right, parent and colour.
 */
const offset = { type: 16, signum: 104, left: 112, right: 120, end: 128 };
/** UV_SIGNAL in UV_HANDLE_TYPE_MAP, deps/uv/include/uv.h. */
const uvSignal = 16;
const maxHandles = 256;

/** Numbers of the signals; undefined where the executable has no symbol that tells (stripped), or the memory can't be read. */
export function readSignalListeners(v8: V8Process): Set<number> | undefined {
  const root = findRoot(v8);
  if (root === undefined) return undefined;
  try {
    const signals = new Set<number>();
    const open = [v8.memory.pointer(root)];
    for (let count = 0; open.length > 0 && count < maxHandles; count++) {
      const handle = open.pop() ?? 0;
      if (handle === 0) continue;
      const bytes = v8.memory.read(handle, offset.end);
      if (bytes.readInt32LE(offset.type) !== uvSignal) return undefined; // laid out in another way
      signals.add(bytes.readInt32LE(offset.signum));
      open.push(addressAt(bytes, offset.left), addressAt(bytes, offset.right));
    }
    return signals;
  } catch (error) {
    if (isMisread(error)) return undefined;
    throw error;
  }
}

/** The tree's address in the process. */
function findRoot(v8: V8Process): number | undefined {
  const elf = new ElfFile(v8.located.reachablePath);
  try {
    // Compilers add a number to static variables that they move: `uv__signal_tree.0`.
    const [symbol] = elf.find([], ['uv__signal_tree']).values();
    return symbol === undefined ? undefined : v8.located.base + symbol.value;
  } catch {
    return undefined; // no symbols
  } finally {
    elf.close();
  }
}
