/** How a recording can be had: the formats of core's table, but that V8's own is written with the time of each sample. */

import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import type { Format } from '@nops/core/profile/formats/formats';
import { windowsToCpuProfile } from '@nops/core/profile/sampling/to-cpuprofile';
import { NopsError } from '@nops/core/protocol/errors';
import { correct, toProfile } from './finish.js';
import type { Recorded } from './recording.js';

export interface RecordingFormat extends Omit<Format, 'write'> {
  /** It has a place for one thread only. */
  oneThread: boolean;
  write(recorded: Recorded): Uint8Array | string;
}

const pprof: RecordingFormat = {
  contentType: 'application/octet-stream',
  extension: 'pb.gz',
  gzip: true,
  oneThread: false,
  // Not by libuv's pool, which is the app's: where all of it is stuck, as on a dead file server, that would never come back.
  write: recorded => gzipSync(encodeProfile(toProfile(recorded))),
};

/** Throws `usage` for a name that is none. The others are loaded when they are asked for: they bring all reports with them. */
export async function chooseFormat(name: string): Promise<RecordingFormat> {
  if (name === 'pb') return pprof;
  const { formatNames, formats } = await import('@nops/core/profile/formats/formats');
  const known = formatNames.filter(format => format !== 'heapprofile');
  const chosen = known.find(format => format === name);
  if (chosen === undefined) {
    throw new NopsError(
      'usage',
      `invalid value for "format": ${JSON.stringify(name)} - must be one of ${known.join(', ')}`,
      'Give one of these, or leave it out for pb.',
    );
  }
  const format: Format = formats[chosen];
  if (chosen === 'cpuprofile') return { ...format, oneThread: true, write: writeCpuProfile };
  return { ...format, oneThread: false, write: recorded => format.write(toProfile(recorded), 'CPU profile') };
}

function writeCpuProfile(recorded: Recorded): string {
  const [part] = recorded.parts;
  if (part?.hasTimes !== true) {
    throw new NopsError(
      'impossible',
      'this recording is too long to have the time of each sample',
      'Ask for fewer seconds, or for format=pb.',
    );
  }
  return JSON.stringify(windowsToCpuProfile(part.windows, recorded.range, totals => correct(recorded, part, totals)));
}
