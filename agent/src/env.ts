/** The environment variables of the agent, read here and nowhere else. They set what `start` was not given. */

import type { StartOptions } from './options.js';

export function optionsFromEnv(env: NodeJS.ProcessEnv): StartOptions {
  const listen = env['NOPS_LISTEN'];
  return {
    ...(env['NOPS_DIR'] ? { folder: env['NOPS_DIR'] } : {}),
    ...(env['NOPS_NAME'] ? { name: env['NOPS_NAME'] } : {}),
    ...(env['NOPS_TOKEN'] ? { token: env['NOPS_TOKEN'] } : {}),
    ...(env['NOPS_HEAP'] ? { heap: env['NOPS_HEAP'] !== '0' } : {}),
    ...(env['NOPS_PROFILE'] ? { profile: env['NOPS_PROFILE'] as 'on-demand' | 'warm' } : {}),
    ...(env['NOPS_PROFILE_BUDGET'] ? { profileBudget: Number(env['NOPS_PROFILE_BUDGET']) } : {}),
    ...(env['NOPS_HISTORY'] ? { history: parseHistory(env['NOPS_HISTORY']) } : {}),
    ...(env['NOPS_FLIGHT'] ? { flight: env['NOPS_FLIGHT'] !== '0' } : {}),
    ...(env['NOPS_LABELS'] ? { labels: parseLabels(env['NOPS_LABELS']) } : {}),
    ...(env['NOPS_OOM_PROFILE'] ? { oomProfile: env['NOPS_OOM_PROFILE'] } : {}),
    ...(listen ? { tcp: parseListen(listen) } : {}),
  };
}

/** `seconds` or `seconds,megabytes`. What is no number is left for `start` to refuse. */
function parseHistory(text: string): { seconds: number; bytes?: number } {
  const [seconds = '', megabytes] = text.split(',');
  return { seconds: Number(seconds), ...(megabytes === undefined ? {} : { bytes: Number(megabytes) * 1e6 }) };
}

/** `port`, `host:port` or `[v6]:port`. A port that is none is left for `start` to refuse. */
function parseListen(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const host = colon < 0 ? '127.0.0.1' : text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = text.slice(colon + 1);
  return { host: host || '127.0.0.1', port: /^\d{1,5}$/.test(port) ? Number(port) : Number.NaN };
}

function parseLabels(text: string): boolean | { routes: boolean } {
  return text === 'routes' ? { routes: true } : text !== '0';
}
