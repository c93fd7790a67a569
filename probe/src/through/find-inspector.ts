/** Finds the inspector of a process among the ports it listens on: the one that answers as an inspector does. */

import { request } from 'node:http';
import { dial } from './dial.js';
import { networkOf } from './network.js';

const answerMs = 1000;
/** Where a helper is started for each question (dial.ts), which takes over a second on a machine with far too much to do. */
const helpedAnswerMs = 5000;
const maxAnswerBytes = 64 << 10;

export interface FoundInspector {
  port: number;
  /** `ws://…` of its main thread. */
  url: string;
}

/** The one among `ports` that is an inspector's. Each is asked by HTTP, so an app's own must not be among them without need. */
export async function findInspector(pid: number, ports: Iterable<number>): Promise<FoundInspector | undefined> {
  for (const port of ports) {
    const url = await askForUrl(pid, port);
    if (url !== undefined) return { port, url };
  }
  return undefined;
}

/** The address that `/json/list` tells (src/inspector_socket_server.cc); undefined when what listens there is something else. */
function askForUrl(pid: number, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const asked = request(
      { path: '/json/list', host: '127.0.0.1', port, createConnection: () => dial(pid, port) as never },
      response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', chunk => {
          text += chunk;
          if (text.length > maxAnswerBytes) asked.destroy();
        });
        response.on('error', () => resolve(undefined));
        response.on('end', () => resolve(urlIn(text, port)));
      },
    );
    // Whatever listens there may take the connection and say nothing.
    const timer = setTimeout(() => asked.destroy(), networkOf(pid).length === 0 ? answerMs : helpedAnswerMs);
    asked.on('error', () => resolve(undefined));
    asked.on('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    asked.end();
  });
}

/** Takes only the id from the answer: the address must be the one that was asked. */
function urlIn(text: string, port: number): string | undefined {
  const id = inspectorIdIn(text);
  return id === undefined ? undefined : `ws://127.0.0.1:${port}/${id}`;
}

/** The id of the inspector of the main thread, in what `/json/list` answers; undefined in anything else. */
export function inspectorIdIn(text: string): string | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  const url = (first as { webSocketDebuggerUrl?: unknown } | null | undefined)?.webSocketDebuggerUrl;
  return typeof url === 'string' ? /^ws:\/\/[^/]{1,100}\/([-0-9a-f]{1,100})$/.exec(url)?.[1] : undefined;
}
