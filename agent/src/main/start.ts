/** Starts the agent in the process that calls: from this package's files, as `--import` and an app's own call do. */

import type { Agent, StartOptions } from '../options.js';
import { agentVersion } from '../version.js';
import { watchHeapLimit } from './heap-limit.js';
import { publishedAgent } from './host.js';
import { RunningAgent } from './running-agent.js';

/** Starts the agent, or gives the one that runs already. Never throws: see `failure` of what it returns. */
export function start(options: StartOptions = {}): Agent {
  const running = publishedAgent();
  if (running !== undefined) return running.agent;
  const agent = new RunningAgent();
  agent.launch(options, {
    worker: new URL('../../bundle/worker.cjs', import.meta.url),
    version: agentVersion,
    attached: false,
    watchHeapLimit,
  });
  return agent;
}
