/** In which format `nops cpu` writes a profile: the one that was asked for, or that the file's name ends with. */

import { gzipSync } from 'node:zlib';
import { type FormatName, formatNames, formats } from '@nops/core/profile/formats/formats';
import { NopsError } from '@nops/core/protocol/errors';

/** Formats that hold CPU samples. */
const cpuFormats = formatNames.filter(name => name !== 'heapprofile');

/** Throws `usage` for a format that there is not. */
export function cpuFormat(asked: string | undefined, file: string | undefined): FormatName {
  if (asked === undefined) return byFile(file) ?? 'pb';
  const known = cpuFormats.find(name => name === asked);
  if (known !== undefined) return known;
  throw new NopsError(
    'usage',
    `invalid value for "--format": ${JSON.stringify(asked)} - must be one of ${cpuFormats.join(', ')}`,
    'Leave it out for pb, or for what the name of the file says.',
  );
}

/** `cpu.cpuprofile`, `cpu.speedscope.json`, `cpu.txt`: the longest ending that fits. Plain .json could be several. */
function byFile(file: string | undefined): FormatName | undefined {
  const fits = cpuFormats.filter(name => name !== 'json' && file?.endsWith(`.${formats[name].extension}`));
  return fits.sort((a, b) => formats[b].extension.length - formats[a].extension.length)[0];
}

/** What to write, and what its file ends with. V8's own is as the agent answered it, with the times of samples; the others are made of pprof's. */
export async function writeCpuFormat(
  profile: Uint8Array,
  format: FormatName,
): Promise<{ content: Uint8Array | string; extension: string }> {
  const { write, gzip, extension } = formats[format];
  if (format === 'pb' || format === 'cpuprofile') return { content: profile, extension };
  const { decodeAny } = await import('./profile-file.js');
  const written = write(await decodeAny(profile), 'CPU profile');
  return { content: gzip ? gzipSync(written) : written, extension };
}
