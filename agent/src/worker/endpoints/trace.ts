/** `/debug/pprof/trace` and `/debug/trace`: what ran and what waited, streamed as it is recorded. */

import { BusyError, NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { Context, Handler, Reply } from '../context.js';
import { explainNoAnswer } from '../main-thread/stuck.js';
import { beginTrace } from '../trace/record.js';

/** Of the flight recorder, at once. */
function past(params: URLSearchParams, { flight, announcement }: Context): Reply {
  if (params.has('seconds') || params.has('hz'))
    throw new NopsError('usage', '"last" is of the past: "seconds" and "hz" are for a trace of now');
  const last = parseWhole('last', params.get('last'), { min: 1, max: 60, fallback: 10 });
  if (flight === undefined) {
    throw new NopsError(
      'impossible',
      'the agent keeps no traces of the past: its flight recorder is off',
      'Start the process with NOPS_FLIGHT=1 (or start({ flight: true })); or record now, without --last.',
    );
  }
  const body = flight.snapshot(last, announcement.name);
  return { type: 'file', contentType: 'application/octet-stream', name: 'trace.json.gz', body };
}

let endsAtMs: number | undefined;

export const trace: Handler = async ({ params, signal }, context) => {
  if (params.has('last')) return past(params, context);
  const seconds = parseWhole('seconds', params.get('seconds'), { min: 1, max: 60, fallback: 10 });
  const hz = parseWhole('hz', params.get('hz'), { min: 0, max: 1000, fallback: 100 });
  if (endsAtMs !== undefined) {
    throw new BusyError(
      'a trace is being recorded already',
      Math.max(1, Math.ceil((endsAtMs - performance.now()) / 1000)),
    );
  }
  const stop = new AbortController();
  const forget = context.engine.name(params.get('id') ?? undefined, stop);
  endsAtMs = performance.now() + seconds * 1000;
  try {
    const recording = await beginTrace(context, { seconds, hz }, signal, stop.signal);
    // A client that has left already never reads a byte.
    const left = () => void recording.end().finally(done);
    if (signal.aborted) left();
    else signal.addEventListener('abort', left);
    return { type: 'stream', name: 'trace.json.gz', chunks: untilDone(recording.chunks) };
  } catch (error) {
    done();
    throw explainNoAnswer(error, context);
  }

  async function* untilDone(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } finally {
      done();
    }
  }

  function done(): void {
    forget();
    endsAtMs = undefined;
  }
};
