/** One recording on demand: begun in the main thread, and ended whatever happens. */

import type { Context } from '../context.js';
import { Extras, messageOf, once } from './extras.js';
import { receiveRings } from './rings.js';
import { streamTrace } from './stream.js';

const callMs = 2000;

export interface TraceOptions {
  seconds: number;
  /** Samples a second; 0: none. */
  hz: number;
}

export interface Recording {
  /** The file. */
  chunks: AsyncGenerator<Uint8Array>;
  /** Ends it when nobody reads `chunks`; to be called in any case, also twice. */
  end(): Promise<unknown>;
}

/** Resolves when it has begun, or rejects; then `end` must be called. `stop` ends it early, with a whole file. */
export async function beginTrace(
  context: Context,
  { seconds, hz }: TraceOptions,
  left: AbortSignal,
  stop: AbortSignal,
): Promise<Recording> {
  const signal = AbortSignal.any([left, stop]);
  const { main } = context;
  const rings = receiveRings();
  const extras = new Extras(context.engine, hz);
  const missing = await extras.start();
  let id: number | undefined;
  const end = once(async () => {
    const notes = stop.aborted ? [`partial: ended early by who asked for ${seconds} s`] : [];
    if (id !== undefined)
      await main.call('traceEnd', id, callMs).catch(error => notes.push(`the end: ${messageOf(error)}`));
    rings.close();
    return [...notes, ...(await extras.stop())];
  });
  try {
    id = (await main.call('traceBegin', 'full', callMs)).id;
    const { begun, ring } = await rings.ring(id);
    return { chunks: streamTrace(context, { begun, ring, extras, seconds, missing, signal, end }), end };
  } catch (error) {
    await end();
    throw error;
  }
}
