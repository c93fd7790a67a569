/**
 * One nops at a time opens the inspector of a process: else one closes what the other still uses, or signals while it is open and waits
 * for another in vain. A turn is a name in the kernel's abstract namespace of sockets (unix(7)): it ends with who holds it, however that
 * ends, and leaves no file. It is of our network namespace; where that can't be, all goes on without.
 */

import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Followed by the pid and the start time of the process. */
export const turnName = '\0nops-inspector-';

/** What who has a turn says to those who ask: a process that was killed still has its sockets for a moment, and says nothing. */
const turnWord = 'mine';

/** A turn takes a second or two; one that takes longer, such as an expression that is waited for, is not waited for. */
const patienceMs = 10_000;
const againMs = 25;

/** For a process, and for the port that its inspector would have: most have the same, 9229. Resolves with how to end it. */
export async function takeTurn(pid: number, startTime: string, port: number): Promise<() => void> {
  const end = await takeName(`${pid}-${startTime}`);
  const endOfPort = port === 0 ? () => {} : await takeName(`port-${port}`);
  return () => {
    endOfPort();
    end();
  };
}

/** Resolves when it has come or took too long. */
async function takeName(name: string): Promise<() => void> {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(againMs)) {
    const end = await tryTurn(`${turnName}${name}`);
    if (end !== undefined) return end;
  }
  return () => {};
}

/** undefined when somebody else has it. */
function tryTurn(path: string): Promise<(() => void) | undefined> {
  return new Promise(resolve => {
    const server = createServer(socket => socket.on('error', () => {}).end(turnWord));
    server.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? undefined : () => {}));
    server.listen({ path }, () => {
      server.unref();
      resolve(() => void server.close());
    });
  });
}
