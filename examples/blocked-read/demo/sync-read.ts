/** The incident's literal variant: a handler reads a FIFO synchronously, its writer stalls, and the whole process stops in read(2). */

import type { Child } from './children.js';
import type { Measured, Story } from './steps.js';
import { measure, stepUntilFound } from './steps.js';

const measureSeconds = 6;

interface Syscall {
  name: string;
  fd?: number;
  target?: { kind: string; path: string };
}

export async function investigateSyncRead(
  story: Story,
  writer: Child,
  fifo: string,
): Promise<{ before: Measured; after: Measured }> {
  const target = String(story.service.pid);
  story.say('The service answers hardly anything. No CPU is used.\n');
  const before = await measure(story.load, measureSeconds);

  await stepUntilFound<{
    processes: { pid: number; name: string; agent: boolean; main: { state: string; syscall?: Syscall } }[];
  }>(story, 'list', ['list'], json => {
    const found = json.processes.find(p => p.pid === story.service.pid);
    return { ok: found?.agent === true, evidence: { name: found?.name, agent: found?.agent, main: found?.main } };
  });

  await stepUntilFound<{ way: string; notes: string[]; threads: { role: string; state: string; syscall?: Syscall }[] }>(
    story,
    'stack',
    ['stack', target],
    json => {
      const syscall = json.threads.find(t => t.role === 'main')?.syscall;
      return {
        ok: syscall?.name === 'read' && syscall.target?.path === fifo,
        evidence: {
          syscall: syscall?.name,
          fd: syscall?.fd,
          path: syscall?.target?.path,
          way: json.way,
          notes: json.notes,
        },
      };
    },
  );

  await stepUntilFound<{ fds: { fd: number; target: { kind: string; path: string } }[] }>(
    story,
    'fds',
    ['fds', target],
    json => {
      const found = json.fds.find(f => f.target.path === fifo);
      return {
        ok: found !== undefined,
        evidence: { fd: found?.fd, path: found?.target.path, kind: found?.target.kind },
      };
    },
  );

  story.say('The other end of the FIFO stalls. Its writer recovers:\n');
  writer.process.send({ type: 'recover' });
  const after = await measure(story.load, measureSeconds);
  await stepUntilFound<{ requests: { in: { finishedPerSec: number } } | null }>(
    story,
    'verify',
    ['stats', target],
    json => ({
      ok: (json.requests?.in.finishedPerSec ?? 0) > 10,
      evidence: { finishedPerSec: json.requests?.in.finishedPerSec },
    }),
  );
  return { before, after };
}
