/**
 * `@nops/agent/express`: the agent's endpoints under a path of the app's own server, behind the app's own authentication. A plain
 * `(req, res, next)` handler: for Express 4 and 5, Connect, or a bare `node:http` server; it depends on none of them.
 *
 *   app.use('/internal', requireAdmin, nops());      →  GET /internal/debug/pprof/profile?seconds=5
 *
 * It passes requests on to the agent's worker over its socket. The request itself runs through the app's thread, so while that is stuck
 * only the agent's own listeners answer.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit } from './express/admit.js';
import { forward } from './express/forward.js';
import { refuse } from './express/refuse.js';
import { start } from './main/start.js';
import type { Agent, StartOptions } from './options.js';

type Next = (error?: unknown) => void;

const readyWithinMs = 10_000;

export type Handler = (request: IncomingMessage, response: ServerResponse, next?: Next) => void;

/** The handler; it starts the agent unless it runs already. What is not the agent's goes on to `next`, or is a 404 without one. */
export function nops(options: StartOptions = {}): Handler {
  const agent = start(options);
  return (request, response, next) => {
    const admission = admit(request);
    if (admission === 'elsewhere') {
      if (next !== undefined) next();
      else refuse(response, 404, 'not found');
    } else if ('status' in admission) {
      refuse(response, admission.status, admission.message, admission.headers);
    } else {
      whenReady(agent)
        .then(why => {
          if (why !== undefined) refuse(response, 503, `the nops agent does not run: ${why}`);
          else return forward(request, response, admission, agent.socketPath);
        })
        // Nothing of ours may end the app, whatever it has made of this request.
        .catch(() => response.destroy());
    }
  };
}

/** Why it does not run; undefined: it does. */
async function whenReady(agent: Agent): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>(resolve => {
    timer = setTimeout(resolve, readyWithinMs, 'it is still starting');
  });
  const why = await Promise.race([agent.ready.then(() => agent.failure), late]);
  clearTimeout(timer);
  return why;
}
