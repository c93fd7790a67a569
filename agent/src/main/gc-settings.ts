/**
 * The limits of V8's heap that can change while it runs. V8 reads most of its heap flags once, when it makes the heap; measured on
 * Node 20, 22, 24 and 26 (docs/commands.md), these two are read each time they are needed:
 *
 * --heap-growing-percent          v8/src/heap/heap-controller.cc: the growing factor of the old generation, at the end of each full GC
 * v8.setHeapSnapshotNearHeapLimit a callback of Node's that V8 calls when the heap is nearly full; it can be set once
 */

import { setFlagsFromString, setHeapSnapshotNearHeapLimit } from 'node:v8';
import { NopsError } from '@nops/core/protocol/errors';
import type { GcSettings, SetgcRequest } from '@nops/core/protocol/memory-results';

/** 0 is V8's own default: it decides by how fast the app allocates. */
const flag = 'heap-growing-percent';

export class GcSettingsKeeper {
  readonly #settings: GcSettings = { growingPercent: startedWith(), snapshotsNearLimit: null };

  read(): GcSettings {
    return { ...this.#settings };
  }

  /** Throws `impossible` before anything is changed. */
  change({ growingPercent, snapshotsNearLimit }: SetgcRequest): GcSettings {
    const settings = this.#settings;
    if (snapshotsNearLimit !== undefined && settings.snapshotsNearLimit !== null) {
      throw new NopsError(
        'impossible',
        `Node takes the number of heap snapshots near the limit once, and it is ${settings.snapshotsNearLimit} already`,
        'Restart the process with --heapsnapshot-near-heap-limit=<N>.',
      );
    }
    if (growingPercent !== undefined) {
      setFlagsFromString(`--${flag}=${growingPercent ?? 0}`);
      settings.growingPercent = growingPercent;
    }
    if (snapshotsNearLimit !== undefined) {
      setHeapSnapshotNearHeapLimit(snapshotsNearLimit);
      settings.snapshotsNearLimit = snapshotsNearLimit;
    }
    return this.read();
  }
}

/** V8 tells nobody its flags' values; those of the command line can be read there. */
function startedWith(): number | null {
  const given = process.execArgv.findLast(word => word.replaceAll('_', '-').startsWith(`--${flag}=`));
  const percent = Number(given?.slice(given.indexOf('=') + 1) ?? 0);
  return percent > 0 ? percent : null;
}
