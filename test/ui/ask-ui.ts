/** Requests to the server of `nops ui`, as a browser sends them. */

import { type Answer, ask } from '../support/target.js';
import type { Ui } from './start-ui.js';

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export function get(ui: Ui, path: string, { headers, ...rest }: Asked = {}): Promise<Answer> {
  return ask({
    host: '127.0.0.1',
    port: ui.port,
    path,
    ...rest,
    headers: { host: `127.0.0.1:${ui.port}`, ...headers },
  });
}

export function trade(ui: Ui, token: string, headers: Record<string, string> = {}): Promise<Answer> {
  const json = { 'content-type': 'application/json' };
  return get(ui, '/api/session', { body: JSON.stringify({ token }), headers: { ...json, ...headers } });
}

export async function cookieOf(ui: Ui): Promise<string> {
  const { headers } = await trade(ui, ui.token);
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}
