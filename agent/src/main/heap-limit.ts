/**
 * The option `oomProfile`: when V8's heap limit is reached, `@datadog/pprof` writes what its sampler knows to a file from within V8's
 * callback, and starts another process that makes the profile and report of it (../oom/export.ts). The process that dies does nothing
 * more, gets not a byte of heap more, and dies as it would have.
 */

import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { heapIntervalBytes } from '@nops/probe/through/heap-sampling';

const stackDepth = 64;
/** Heap that the process gets beyond its limit, and how often the export is made. */
const extensionBytes = 0;
const maxExports = 1;
const exporter = fileURLToPath(new URL('../oom/export.js', import.meta.url));
/** Takes NODE_OPTIONS away from the exporter: with the app's preloads it would load this agent too. */
const envCommand = '/usr/bin/env';

/** What is used of the package. */
interface Pprof {
  heap: {
    start(intervalBytes: number, stackDepth: number): void;
    stop(): void;
    monitorOutOfMemory(extensionBytes: number, maxExtensions: number, onStderr: boolean, command: string[]): void;
  };
}

/** Starts the sampler; the returned function stops it. Throws why it can't. */
export function watchHeapLimit(folder: string): () => void {
  const path = resolve(folder);
  // Not recursive: where the kernel refuses with ENOENT, as in /proc, Node's mkdir then tries for ever.
  if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
  accessSync(path, constants.W_OK | constants.X_OK);
  const { heap } = createRequire(import.meta.url)('@datadog/pprof') as Pprof;
  heap.start(heapIntervalBytes, stackDepth);
  const withoutOptions = existsSync(envCommand) ? [envCommand, '-u', 'NODE_OPTIONS'] : [];
  heap.monitorOutOfMemory(extensionBytes, maxExports, false, [
    ...withoutOptions,
    process.execPath,
    exporter,
    path,
    String(process.pid),
    String(Math.round(Date.now() - process.uptime() * 1000)),
    String(heapIntervalBytes),
  ]);
  return () => heap.stop();
}
