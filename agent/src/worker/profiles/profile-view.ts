/** How a client wants a profile: `debug` as Go has it. */

import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import type { Format } from '@nops/core/profile/formats/formats';
import type { Profile } from '@nops/core/profile/model';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { Asked, FileReply, Reply } from '../context.js';

const maxSeconds = 300;

/** As in core's table, but that what is written is gzipped where its files are. */
type ViewFormat = Omit<Format, 'gzip'>;

const pprof: ViewFormat = {
  contentType: 'application/octet-stream',
  extension: 'pb.gz',
  write: profile => gzipSync(encodeProfile(profile)),
};

export interface View {
  /** 0: the pprof format; 1 and 2: text. */
  debug: number;
  /** What to measure for a difference; undefined when that is not asked for. */
  seconds: number | undefined;
  format: ViewFormat;
}

/** Throws `usage` for parameters that Go refuses too, and for an unknown format: before anything is measured for it. */
export async function viewOf({ params }: Asked): Promise<View> {
  const debug = parseWhole('debug', params.get('debug'), { min: 0, max: 2, fallback: 0 });
  const given = params.get('seconds');
  const seconds = parseWhole('seconds', given, { min: 1, max: maxSeconds, fallback: maxSeconds });
  if (given !== null && debug > 0) throw new NopsError('usage', 'seconds and debug params are incompatible');
  const format = params.get('format');
  if (format !== null && debug > 0) throw new NopsError('usage', 'format and debug params are incompatible');
  return { debug, seconds: given === null ? undefined : seconds, format: await formatOf(format) };
}

/** A profile, as a client is to see it. */
export interface Shown {
  view: View;
  name: string;
  /** What `debug` shows. */
  text(profile: Profile): string;
}

/** The gzipped file, the text, or another format. Throws what writing it throws. */
export function show(profile: Profile, { view: { debug, format }, name, text }: Shown): Reply {
  if (debug > 0) return { type: 'text', text: text(profile) };
  return fileReply(format, name, format.write(profile, name));
}

/** Like `show` without `debug`, the headers before the profile is there. */
export function showLater(profile: Promise<Profile>, { view: { format }, name }: Shown): FileReply {
  const body = profile.then(taken => format.write(taken, name));
  return fileReply(format, name, body);
}

/** A file of pprof's is called as Go calls it, without an ending; text is shown. */
export function fileReply(
  { contentType, extension }: Pick<Format, 'contentType' | 'extension'>,
  name: string,
  body: FileReply['body'],
): FileReply {
  const file = extension === pprof.extension ? name : `${name}.${extension}`;
  return { type: 'file', contentType, name: contentType.startsWith('text/') ? undefined : file, body };
}

/** The others are loaded when they are asked for: they bring all reports with them. */
async function formatOf(name: string | null): Promise<ViewFormat> {
  if (name === null || name === 'pb') return pprof;
  const { formatNames, formats } = await import('@nops/core/profile/formats/formats');
  const known = formatNames.find(each => each === name);
  if (known !== undefined) return formats[known];
  throw new NopsError(
    'usage',
    `invalid value for "format": ${JSON.stringify(name)} - must be one of ${formatNames.join(', ')}`,
    'Give one of these, or leave it out for pb.',
  );
}
