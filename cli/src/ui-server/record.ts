/** Records a profile of a process, for the page to show. */

import { recordSeconds } from '../bounds.js';
import type { Context } from '../context.js';
import { recordProfile } from '../record/record-profile.js';
import { resolveTarget } from '../target/resolve.js';
import type { Served } from './app.js';
import { type Recording, servedOf } from './recorded.js';

/** `seconds` undefined: a CPU profile of the usual length; of the heap what the agent gives by itself. */
export type Wanted = Pick<Recording, 'kind' | 'seconds'>;

export async function record(
  context: Context,
  text: string,
  { kind, seconds: asked }: Wanted,
): Promise<{ pid: number; served: Served }> {
  const target = await resolveTarget(context, text);
  const seconds = kind === 'cpu' ? (asked ?? recordSeconds.fallback) : asked;
  const { info, bytes } = await recordProfile(context, target, { kind, seconds });
  return { pid: info.pid, served: servedOf(target, info, { kind, seconds, bytes }) };
}
