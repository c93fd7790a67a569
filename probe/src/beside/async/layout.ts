/**
 * Where V8 keeps suspended functions, promises and heap pages. What V8's constants for debuggers lack is data per version here, and
 * checked against what is found before it is believed: see `reactions.ts`.
 */

import type { Layout } from '../v8/layout.js';
import { unknownLayout } from '../v8/locate.js';

/**
 * The header of a heap page, at every 256 KiB. Up to 12.x it is all in the page (heap/memory-chunk-layout.h, basic-memory-chunk.h);
 * from 13.x on the page has its flags and a pointer to the rest (heap/memory-chunk.h, memory-chunk-metadata.h).
 *
 *   11.3:  size  flags  heap  area start  area end
 *   12.4:  flags  self  size  heap  area start  area end
 *   13.6:  flags  → rest:  -  self  size  -  -  -  -  area end  heap  area start
 */
interface PageHeader {
  flags: number;
  /** Where the pointer to the rest is; null: the rest is in the page, too. */
  rest: number | null;
  heap: number;
  areaStart: number;
  areaEnd: number;
}

interface VersionData {
  version: readonly [number, number];
  page: PageHeader;
  /** Size of a JSAsyncFunctionObject without properties of its own: 14.x keeps its closures for await in it. */
  asyncFunctionBytes: number;
}

const apart: PageHeader = { flags: 0, rest: 8, heap: 64, areaStart: 72, areaEnd: 56 };

// Observed on Node's official builds, in the order of the fields in the files named above.
const versions: readonly VersionData[] = [
  {
    version: [11, 3],
    page: { flags: 8, rest: null, heap: 16, areaStart: 24, areaEnd: 32 },
    asyncFunctionBytes: 88,
  },
  {
    version: [12, 4],
    page: { flags: 0, rest: null, heap: 24, areaStart: 32, areaEnd: 40 },
    asyncFunctionBytes: 88,
  },
  { version: [13, 6], page: apart, asyncFunctionBytes: 88 },
  { version: [14, 6], page: apart, asyncFunctionBytes: 104 },
];

/** kPageSizeBits is 18: pages begin at multiples of this, larger objects have larger pages of their own. */
export const pageBytes = 1 << 18;
/** heap/memory-chunk.h, Flag: FROM_PAGE, where a collection of the young generation has nothing left but the dead. */
export const fromPageFlag = 1 << 3;

/**
 * Fields of the objects, in bytes from their begin: objects/js-generator.tq, js-promise.tq, promise.tq, contexts.h. The same in all
 * versions here. JSObject's header is three words: map, properties, elements.
 */
export const fields = {
  generator: { function: 24, context: 32, receiver: 40, position: 48, continuation: 64, registers: 72 },
  asyncFunctionPromise: 80,
  asyncGeneratorQueue: 80,
  asyncGeneratorAwaits: 88,
  request: { next: 8, promise: 32 },
  promise: { reactions: 24, flags: 32 },
  capabilityPromise: 8,
  context: { length: 8, slots: 16 },
  fixedArray: { length: 8, items: 16 },
} as const;

/** JSPromise::StatusBits, the lowest two of its flags; 0 is pending. */
export const promiseStatusMask = 3;

export type AsyncLayout = ReturnType<typeof asyncLayoutOf>;

/** Throws `impossible` with what is not known of this version. */
export function asyncLayoutOf({ constants, version, map }: Layout) {
  const own = versions.find(known => known.version[0] === version[0] && known.version[1] === version[1]);
  if (own === undefined) throw unknownLayout(`the layout of promises in V8 ${version.join('.')} is not known`);
  if (map.instanceType !== 12)
    throw unknownLayout(`a map's instance type is ${map.instanceType} bytes into it, not 12`);
  const firstContext = constants.need('FirstContextType');
  return {
    page: own.page,
    asyncFunctionBytes: own.asyncFunctionBytes,
    firstContext,
    lastContext: constants.need('LastContextType'),
    // Types of contexts are in the order of their names, of which NATIVE_CONTEXT is the eighth (objects/contexts.tq).
    nativeContext: firstContext + 7,
    asyncFunction: constants.type('JSAsyncFunctionObject'),
    asyncGenerator: constants.type('JSAsyncGeneratorObject'),
    promise: constants.type('JSPromise'),
    reaction: constants.type('PromiseReaction'),
    capability: constants.type('PromiseCapability'),
    request: constants.type('AsyncGeneratorRequest'),
    fulfillJob: constants.type('PromiseFulfillReactionJobTask'),
    rejectJob: constants.type('PromiseRejectReactionJobTask'),
  };
}
