/** `/debug/pprof/`: the list of everything this agent answers, drawn from the table of endpoints. */

import { type Endpoint, endpoints } from '@nops/core/protocol/endpoints';
import type { Handler } from '../context.js';

export const index: Handler = (_asked, context) => {
  const { pid, node, agent, name } = context.announcement;
  const title = `${name ?? 'node'} (pid ${pid})`;
  return {
    type: 'html',
    text: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body><h1>${escapeHtml(title)}</h1>
<p>Node ${escapeHtml(node)}, nops agent ${escapeHtml(agent)}</p>
<table>
<tr><th>endpoint</th><th>answers</th><th>parameters</th></tr>
${Object.values(endpoints).map(row).join('\n')}
</table>
<p>Endpoints marked * need the main thread's JavaScript to respond; the others answer also while it is stuck.</p>
</body></html>
`,
  };
};

function row(endpoint: Endpoint): string {
  const path =
    endpoint.method === 'GET'
      ? `<a href="${endpoint.path}">${endpoint.path}</a>`
      : `${endpoint.method} ${endpoint.path}`;
  const params = Object.entries(endpoint.params).map(([name, meaning]) => `${name}: ${meaning}`);
  return `<tr><td>${path}${endpoint.way === 'through' ? ' *' : ''}</td><td>${escapeHtml(endpoint.description)}</td><td>${escapeHtml(params.join('; '))}</td></tr>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);
}
