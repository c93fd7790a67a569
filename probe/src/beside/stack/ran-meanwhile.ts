/** Whether any of a process's threads ran between two moments, by the kernel's account of each. */

import { orUndefined } from '../procfs.js';
import { ThreadClock } from './thread-clock.js';

/** Takes note of the moment; what it returns tells whether one of `tids` has run since, ended, or can't be told. To be called once. */
export function watchThreads(pid: number, tids: Iterable<number>): () => boolean {
  const watched = [...tids].map(tid => {
    const clock = orUndefined(() => new ThreadClock(pid, tid));
    return { clock, before: orUndefined(() => clock?.read()) };
  });
  return () => {
    const ran = watched.filter(({ clock, before }) => {
      const after = orUndefined(() => clock?.read());
      return before === undefined || after === undefined || after.isRunning || after.stamp !== before.stamp;
    });
    for (const { clock } of watched) clock?.close();
    return ran.length > 0;
  };
}
