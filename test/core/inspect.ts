/** V8's own profiles of this very process, by the inspector: what the importers are for. */

import { type InspectorNotification, Session } from 'node:inspector';
import type { CpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import type { HeapProfile } from '@nops/core/profile/formats/from-heapprofile';

/** On the session's own thread V8 answers before `post` returns. */
function connect(): { post: <Answer>(method: string, params?: object) => Answer; session: Session } {
  const session = new Session();
  session.connect();
  const post = <Answer>(method: string, params: object = {}): Answer => {
    const got: { answer?: Answer } = {};
    session.post(method, params, (error, answer) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`);
      got.answer = answer as Answer;
    });
    if (got.answer === undefined) throw new Error(`${method}: no answer`);
    return got.answer;
  };
  return { post, session };
}

/** A CPU profile of what `work` does, by DevTools' `profile` and `profileEnd` like the agent's. */
export async function recordCpu(work: () => Promise<void>, intervalMicros: number): Promise<CpuProfile> {
  const { post, session } = connect();
  try {
    const call = (expression: string) => post('Runtime.evaluate', { expression, includeCommandLineAPI: true });
    const recorded: CpuProfile[] = [];
    session.on('Profiler.consoleProfileFinished', (message: InspectorNotification<object>) => {
      recorded.push((message.params as { profile: CpuProfile }).profile);
    });
    post('Profiler.enable');
    post('Profiler.setSamplingInterval', { interval: intervalMicros });
    call('profile("test")');
    await work();
    call('profileEnd("test")');
    const [profile] = recorded;
    if (profile === undefined) throw new Error('V8 gave no profile');
    return profile;
  } finally {
    session.disconnect();
  }
}

/** The sampled heap of what `work` allocates. */
export function recordHeap(work: () => void, intervalBytes: number): HeapProfile {
  const { post, session } = connect();
  try {
    post('HeapProfiler.startSampling', { samplingInterval: intervalBytes });
    work();
    const { profile } = post<{ profile: HeapProfile }>('HeapProfiler.getSamplingProfile');
    post('HeapProfiler.stopSampling');
    return profile;
  } finally {
    session.disconnect();
  }
}
