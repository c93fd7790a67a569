/** `/debug/pprof/`: the list of everything this agent answers, drawn from the table of endpoints, with what its profiles hold now. */

import { type Endpoint, endpoints } from '@nops/core/protocol/endpoints';
import { NopsError } from '@nops/core/protocol/errors';
import type { Context, Handler } from '../context.js';

/** A main thread that is stuck costs this and the counts. */
const countsMs = 500;

interface Count {
  name: string;
  count: number;
}

export const index: Handler = async (_asked, context) => {
  const { pid, node, agent, name } = context.announcement;
  const title = `${name ?? 'node'} (pid ${pid})`;
  const counts = await readCounts(context);
  return {
    type: 'html',
    text: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body><h1>${escapeHtml(title)}</h1>
<p>Node ${escapeHtml(node)}, nops agent ${escapeHtml(agent)}</p>
<table>
<tr><th>count</th><th>endpoint</th><th>answers</th><th>parameters</th></tr>
${Object.values(endpoints)
  .flatMap(endpoint => rows(endpoint, counts ?? []))
  .join('\n')}
</table>
<p>Endpoints marked * need the main thread's JavaScript to respond; the others answer also while it is stuck.</p>
<p><a href="goroutine?debug=2">All suspended async functions, one by one</a></p>
${counts === undefined ? '<p>The counts are not known: the main thread does not answer.</p>' : ''}</body></html>
`,
  };
};

async function readCounts(context: Context): Promise<Count[] | undefined> {
  try {
    return await context.main.call('counts', null, countsMs);
  } catch (error) {
    if (error instanceof NopsError) return undefined;
    throw error;
  }
}

/** One row; of the app's own profiles one for each. */
function rows(endpoint: Endpoint, counts: Count[]): string[] {
  if (endpoint !== endpoints.custom) return [row(endpoint, counts)];
  const builtIn = new Set<string>(Object.values(endpoints).map(({ path }) => path));
  const own = counts.map(({ name }) => `/debug/pprof/${name}`).filter(path => !builtIn.has(path));
  return own.map(path => row({ ...endpoint, path }, counts));
}

/** Links are relative: with the Express adapter the page stands under a path of the app's. */
function row(endpoint: Endpoint, counts: Count[]): string {
  const { path, method, way } = endpoint;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const count = path.startsWith('/debug/pprof/') ? counts.find(c => c.name === name)?.count : undefined;
  const text = 'debug' in endpoint.params ? '?debug=1' : '';
  const link = path.replace('/debug/pprof/', './').replace('/debug/', '../');
  const shown =
    method === 'GET' ? `<a href="${escapeHtml(`${link}${text}`)}">${escapeHtml(path)}</a>` : `${method} ${path}`;
  const params = Object.entries(endpoint.params).map(([key, meaning]) => `${key}: ${meaning}`);
  return `<tr><td>${count ?? ''}</td><td>${shown}${way === 'through' ? ' *' : ''}</td><td>${escapeHtml(endpoint.description)}</td><td>${escapeHtml(params.join('; '))}</td></tr>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);
}
