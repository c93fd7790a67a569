/**
 * A process that says it has an agent, and answers what a genuine one answers, with hostile texts instead of that one's. So it knows every
 * endpoint that there is. argv: the folder of announcements, and what announcement and socket of the genuine agent are called there;
 * which texts: `every`, or `names`: those that are no words of the protocol.
 */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { encodeProfile } from '@nops/core/profile/encode';
import { hostileText } from './hostile.js';

const [folder = '', genuine = '', which = ''] = process.argv.slice(2);
const stat = readFileSync('/proc/self/stat', 'latin1');
const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
const announced = JSON.parse(readFileSync(join(folder, `${genuine}.json`), 'utf8')) as {
  pid: number;
  startTime: string;
};
const socketPath = join(folder, `nops-${process.pid}-${startTime}.sock`);

/** Identities are its own: nops compares them. Words of the protocol are lower case or capitals; schemas name their shape. */
function hostile(value: unknown): unknown {
  if (value === announced.pid) return process.pid;
  if (value === announced.startTime) return startTime;
  if (typeof value === 'string') return isKept(value) ? value : hostileText;
  if (Array.isArray(value)) return value.map(hostile);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hostile(item)]));
}

function isKept(text: string): boolean {
  return text.startsWith('nops.') || (which === 'names' && /^(?:[a-z_]*|[A-Z_]*|main|worker)$/.test(text));
}

function changed(type: string, body: Buffer): Buffer | string {
  if (body[0] === 0x1f && body[1] === 0x8b) {
    const inner = gunzipSync(body, { finishFlush: 2 });
    return inner[0] === 0x5b || inner[0] === 0x7b
      ? gzipSync(hostileTrace(inner.toString()))
      : gzipSync(hostileProfile(inner));
  }
  if (type.includes('json')) return JSON.stringify(hostile(JSON.parse(body.toString())));
  return type.startsWith('text/') ? hostileText : body;
}

function hostileProfile(bytes: Uint8Array): Uint8Array {
  const profile = decodeProfile(bytes);
  return encodeProfile({
    ...profile,
    comments: [hostileText],
    functionNames: profile.functionNames.map((_, f) => `${f}${hostileText}`),
    functionFiles: profile.functionFiles.map(() => hostileText),
    functionSystemNames: profile.functionSystemNames.map(() => hostileText),
    mappings: profile.mappings.map(mapping => ({ ...mapping, file: hostileText, buildId: hostileText })),
    labels: profile.labels.map(label => ('text' in label ? { key: hostileText, text: hostileText } : label)),
  });
}

/** An event a line, without the brackets around them. Records stay what they are; what they are about is hostile. */
function hostileTrace(text: string): string {
  const lines = text.split('\n').map(line => {
    const event = line.replace(/,$/, '');
    if (!event.startsWith('{"ph"')) return line;
    const { args, ...kept } = JSON.parse(event) as { args?: { data?: string } };
    if (args?.data !== undefined) return line;
    return JSON.stringify(args === undefined ? kept : { ...kept, args: hostile(args) }) + line.slice(event.length);
  });
  return lines.join('\n');
}

const server = createServer((asked, answer) => {
  const { method, url, headers } = asked;
  const passed = request({ socketPath: join(folder, `${genuine}.sock`), method, path: url, headers }, response => {
    const chunks: Buffer[] = [];
    response.on('data', chunk => chunks.push(chunk));
    response.on('end', () => {
      const type = response.headers['content-type'] ?? '';
      const body = changed(type, Buffer.concat(chunks));
      answer.writeHead(response.statusCode ?? 500, { 'content-type': type, 'x-go-pprof': '1' });
      answer.end(body);
    });
  });
  passed.on('error', () => answer.destroy());
  answer.on('close', () => passed.destroy());
  asked.pipe(passed);
});
server.listen(socketPath, () => {
  chmodSync(socketPath, 0o600);
  const announcement = hostile({
    ...announced,
    socketPath: '',
    name: hostileText,
    node: hostileText,
    agent: hostileText,
  });
  const schema = { schema: 'nops.agent/1', socketPath };
  writeFileSync(
    join(folder, `nops-${process.pid}-${startTime}.json`),
    JSON.stringify({ ...(announcement as object), ...schema }),
    { mode: 0o600 },
  );
  console.log('ready');
});
setInterval(() => {}, 1000);
