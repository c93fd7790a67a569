/** How a client wants a profile: `debug` as Go has it. */

import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import type { Format } from '@nops/core/profile/formats/formats';
import type { Profile } from '@nops/core/profile/model';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { Asked, Reply } from './context.js';

const maxSeconds = 300;

export interface View {
  /** 0: the pprof format; 1 and 2: text. */
  debug: number;
  /** What to measure for a difference; undefined when that is not asked for. */
  seconds: number | undefined;
  /** Of core's table; undefined: as `debug` has it. */
  format: Format | undefined;
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

/** The gzipped file, the text, or another format. */
export async function show(
  profile: Profile,
  view: View,
  name: string,
  text: (profile: Profile) => string,
): Promise<Reply> {
  if (view.debug > 0) return { type: 'text', text: text(profile) };
  const shown = view.seconds === undefined ? name : `${name}-delta`;
  if (view.format !== undefined) return inFormat(profile, view.format, shown);
  return { type: 'file', name: shown, bytes: gzipSync(encodeProfile(profile)) };
}

/** Like `show`, the headers before the profile is there: `go tool pprof` waits half as long again as it asked to measure for them. */
export function showLater(profile: Promise<Profile>, { format }: View, name: string): Reply {
  const contentType = format?.contentType ?? 'application/octet-stream';
  const file = contentType.startsWith('text/')
    ? undefined
    : `${name}-delta${format === undefined ? '' : `.${format.extension}`}`;
  const body = profile.then(taken => format?.write(taken, `${name}-delta`) ?? gzipSync(encodeProfile(taken)));
  return { type: 'later', contentType, name: file, body };
}

function inFormat(profile: Profile, { contentType, extension, write }: Format, name: string): Reply {
  const file = contentType.startsWith('text/') ? undefined : `${name}.${extension}`;
  return { type: 'later', contentType, name: file, body: Promise.resolve(write(profile, name)) };
}

/** They are loaded when they are asked for: they bring all reports with them. undefined: pb. */
async function formatOf(name: string | null): Promise<Format | undefined> {
  if (name === null || name === 'pb') return undefined;
  const { formatNames, formats } = await import('@nops/core/profile/formats/formats');
  const known = formatNames.find(each => each === name);
  if (known !== undefined) return formats[known];
  throw new NopsError(
    'usage',
    `invalid value for "format": ${JSON.stringify(name)} - must be one of ${formatNames.join(', ')}`,
    'Give one of these, or leave it out for pb.',
  );
}
