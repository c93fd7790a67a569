/** How a client wants a profile: `debug` as Go has it. */

import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
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
}

/** Throws `usage` for parameters that Go refuses too. */
export function viewOf({ params }: Asked): View {
  const debug = parseWhole('debug', params.get('debug'), { min: 0, max: 2, fallback: 0 });
  const given = params.get('seconds');
  const seconds = parseWhole('seconds', given, { min: 1, max: maxSeconds, fallback: maxSeconds });
  if (given !== null && debug > 0) throw new NopsError('usage', 'seconds and debug params are incompatible');
  return { debug, seconds: given === null ? undefined : seconds };
}

/** The gzipped file, or the text. */
export function show(profile: Profile, view: View, name: string, text: (profile: Profile) => string): Reply {
  if (view.debug > 0) return { type: 'text', text: text(profile) };
  const isDelta = view.seconds !== undefined;
  return { type: 'file', name: isDelta ? `${name}-delta` : name, bytes: gzipSync(encodeProfile(profile)) };
}
