/** Answers about V8's heap and its collections. */

import type {
  GcGrowth,
  GcResult,
  GcSettings,
  HeapSize,
  MemstatsResult,
  SetgcResult,
  V8Heap,
} from '../memory-results.js';
import { about } from './about.js';
import { exactly, list, nullable, number, shape, text } from './build.js';
import { cgroup } from './process.js';

const heap = shape<V8Heap>({
  usedBytes: number,
  totalBytes: number,
  physicalBytes: number,
  limitBytes: number,
  availableBytes: number,
  externalBytes: number,
  arrayBuffersBytes: number,
  mallocedBytes: number,
  peakMallocedBytes: number,
  nativeContexts: number,
  detachedContexts: number,
  spaces: list(
    shape<V8Heap['spaces'][number]>({
      name: text,
      sizeBytes: number,
      usedBytes: number,
      availableBytes: number,
      physicalBytes: number,
    }),
  ),
});

export const memstats = shape<MemstatsResult>({
  ...about('memstats'),
  heap: nullable(heap),
  rssBytes: nullable(number),
  pssBytes: nullable(number),
  anonymousBytes: nullable(number),
  fileBytes: nullable(number),
  swapBytes: nullable(number),
  machineBytes: nullable(number),
  cgroup: nullable(cgroup),
});

const size = shape<HeapSize>({ usedBytes: number, totalBytes: number, externalBytes: number, rssBytes: number });

export const gc = shape<GcResult>({ ...about('gc'), before: size, after: size, elapsedMs: number });

const growth = nullable(shape<GcGrowth>({ seconds: number, fullCollections: number, growthPercent: nullable(number) }));

export const setgc = shape<SetgcResult>({
  ...about('setgc'),
  changes: list(shape<SetgcResult['changes'][number]>({ name: text, old: nullable(number), new: nullable(number) })),
  settings: shape<GcSettings>({ growingPercent: nullable(number), snapshotsNearLimit: nullable(number) }),
  fixed: list(
    shape<SetgcResult['fixed'][number]>({ name: text, value: nullable(number), unit: exactly('bytes'), how: text }),
  ),
  observed: nullable(shape<NonNullable<SetgcResult['observed']>>({ before: growth, after: growth })),
});
