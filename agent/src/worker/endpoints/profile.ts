/** `/debug/pprof/profile`: a CPU profile, of now or of the past. Any number of clients share one sampler. */

import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { Asked, Context, Handler, Reply } from '../context.js';
import { chooseFormat, type RecordingFormat } from '../engine/formats.js';
import type { Recorded } from '../engine/recording.js';
import { monotonicMicros } from '../engine/window-store.js';
import { explainNoAnswer } from '../main-thread/stuck.js';
import { fileReply } from '../profiles/profile-view.js';
import { wait } from '../wait.js';

/** go tool pprof waits 1.5 times the seconds and 5 s more; a thread that has not come by then is left out. */
const patienceMs = 3000;

export const profile: Handler = async (asked, context) => {
  const { params } = asked;
  const format = await formatOf(params);
  if (params.has('from') || params.has('to')) return past(asked, context, format);
  const seconds = parseWhole('seconds', params.get('seconds'), { min: 1, max: 300, fallback: 30 });
  const hz = parseWhole('hz', params.get('hz'), { min: 1, max: 1000, fallback: 100 });
  const thread = chooseThread(params, format);
  const id = params.get('id') ?? undefined;
  const isChecked = thread === 'all' || thread === 'main';
  const checks = isChecked ? await context.crossChecks() : undefined;
  checks?.prepare();
  const stop = new AbortController();
  const forget = context.engine.name(id, stop);
  try {
    const recording = await context.engine.record({ intervalMicros: Math.round(1e6 / hz), thread });
    const check = checks?.start(seconds * 1000);
    const over = wait(seconds * 1000, AbortSignal.any([asked.signal, stop.signal]));
    const recorded = over.then(async (): Promise<Recorded> => {
      forget();
      if (stop.signal.aborted) recording.note(`partial: ended early by who asked for ${seconds} s`);
      if (!asked.signal.aborted) {
        const [whole, beside] = await Promise.all([recording.finish(patienceMs + seconds * 100), check?.stop()]);
        return check === undefined ? whole : { ...whole, beside: beside ?? 'none' };
      }
      check?.cancel();
      recording.cancel();
      throw new NopsError('no-answer', 'the client left');
    });
    return fileReply(format, 'profile', recorded.then(format.write));
  } catch (error) {
    forget();
    throw explainNoAnswer(error, context);
  }
};

async function past({ params }: Asked, context: Context, format: RecordingFormat): Promise<Reply> {
  if (params.has('seconds') || params.has('hz'))
    throw new NopsError('usage', '"from" and "to" are of the past: "seconds" and "hz" are for a profile of now');
  const thread = params.get('thread') ?? 'main';
  if (thread !== 'main' && thread !== 'all')
    throw new NopsError('usage', 'only the main thread is sampled all the time: leave out "thread"');
  const now = monotonicMicros();
  const from = secondsAgo('from', params.get('from') ?? '-60s');
  const to = secondsAgo('to', params.get('to') ?? '-0s');
  if (from <= to) throw new NopsError('usage', 'invalid value for "from": it must be before "to"');
  const recorded = await context.engine.past(now - from * 1e6, now - to * 1e6);
  return fileReply(format, 'profile', await format.write(recorded));
}

/** `-90s`, `-2m` or `now`: how many seconds ago. */
function secondsAgo(what: string, text: string): number {
  const [, number, unit] = /^-(\d{1,6}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text === 'now' ? '-0s' : text) ?? [];
  const factors: Record<string, number> = { ms: 0.001, s: 1, m: 60 };
  if (number === undefined || unit === undefined) {
    throw new NopsError(
      'usage',
      `invalid value for "${what}": ${JSON.stringify(text)} - must be a time ago, such as -60s or -2m, or now`,
    );
  }
  return Number(number) * (factors[unit] ?? 1);
}

function formatOf(params: URLSearchParams): Promise<RecordingFormat> {
  const debug = parseWhole('debug', params.get('debug'), { min: 0, max: 1, fallback: 0 });
  return chooseFormat(params.get('format') ?? (debug === 1 ? 'text' : 'pb'));
}

function chooseThread(params: URLSearchParams, { oneThread }: RecordingFormat): string {
  const thread = params.get('thread') ?? (oneThread ? 'main' : 'all');
  if (thread !== 'all' || !oneThread) return thread;
  throw new NopsError(
    'usage',
    'this format has one thread only',
    'Give thread=main or that of a worker, or another format.',
  );
}
