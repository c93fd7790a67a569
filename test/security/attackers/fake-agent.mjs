/**
 * A hostile process: announces an agent in itself and answers as one of `ways` says, with the answers of a genuine agent as its material.
 *
 *   NOPS_DIR=<folder> node fake-agent.mjs <way> <file with the genuine answers>     prints `ready`
 *   node fake-agent.mjs                                                             prints the names of all ways
 */

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const [, , way = '', file = ''] = process.argv;
/** By method and path. @type {Record<string, { base64: string, type: string } | undefined>} */
const genuine = file === '' ? {} : JSON.parse(readFileSync(file, 'utf8'));

const stat = readFileSync('/proc/self/stat', 'latin1');
const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
const base = join(process.env['NOPS_DIR'] ?? '', `nops-${process.pid}-${startTime}`);
const escapes = '\u001b]0;title\u0007\u001b[31mred\u009b31m\u202eright\u061cleft\u2028line\r\nfeed';

/** @typedef {import('node:http').IncomingMessage} Request @typedef {import('node:http').ServerResponse} Response */
/** @typedef {(request: Request, response: Response, answer: { base64: string, type: string } | undefined) => void} Way */

/** Changes each value that is no object or list. @param {(value: unknown, key: string) => unknown} change @returns {Way} */
function mutated(change) {
  return (_, response, answer) => {
    if (answer?.type.startsWith('application/json') !== true) return send(response, answer);
    const value = JSON.parse(Buffer.from(answer.base64, 'base64').toString());
    response.setHeader('content-type', answer.type);
    // JSON.stringify writes Infinity as null; 1e999 is what a parser makes it of.
    response.end(JSON.stringify(each(value, change)).replaceAll('"@huge"', '1e999'));
  };
}

/** @param {any} value @param {(value: unknown, key: string) => unknown} change @returns {unknown} */
function each(value, change, key = '') {
  if (Array.isArray(value)) return value.map((one, index) => each(one, change, String(index)));
  if (typeof value !== 'object' || value === null) return key === 'schema' ? value : change(value, key);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, each(one, change, name)]));
}

/** @param {Response} response @param {{ base64: string, type: string } | undefined} answer */
function send(response, answer) {
  if (answer === undefined) response.writeHead(404).end('{}');
  else response.setHeader('content-type', answer.type).end(Buffer.from(answer.base64, 'base64'));
}

/** Of the genuine bytes. @param {(bytes: Buffer) => Buffer} change @returns {Way} */
function bytes(change) {
  return (_, response, answer) => {
    response.end(change(Buffer.from(answer?.base64 ?? '', 'base64')));
  };
}

/** @param {Request} request */
function schemaOf(request) {
  const name = new URL(request.url ?? '/', 'http://fake').pathname.split('/').at(-1);
  return `nops.${name}/1`;
}

let field = 0;
/** @type {Record<string, Way>} */
const ways = {
  genuine: (_, response, answer) => send(response, answer),
  escapes: mutated(value => (typeof value === 'string' ? escapes : value)),
  'texts for numbers': mutated(value => (typeof value === 'number' ? `${value}` : value)),
  'numbers for texts': mutated(value => (typeof value === 'string' ? 7 : value)),
  'objects for all': mutated(() => ({ toString: 1 })),
  nulls: mutated(() => null),
  'not a number': mutated(value => (typeof value === 'number' ? 'NaN' : value)),
  infinite: mutated(value => (typeof value === 'number' ? '@huge' : value)),
  huge: mutated((value, key) => (typeof value === 'number' && key !== 'pid' ? Number.MAX_VALUE : value)),
  negative: mutated((value, key) => (typeof value === 'number' && key !== 'pid' ? -Number.MAX_VALUE : value)),
  'every third field is missing': (request, response, answer) =>
    mutated(value => (field++ % 3 === 2 ? undefined : value))(request, response, answer),
  'lists are empty': (_, response, answer) => {
    const text = Buffer.from(answer?.base64 ?? '', 'base64').toString();
    response.end(
      text.startsWith('{') ? JSON.stringify(JSON.parse(text), (_key, one) => (Array.isArray(one) ? [] : one)) : text,
    );
  },
  empty: (request, response) => void response.end(JSON.stringify({ schema: schemaOf(request) })),
  'another’s pid': (request, response, answer) =>
    mutated((value, key) => (key === 'pid' ? 1 : value))(request, response, answer),
  'deep brackets': (request, response) =>
    void response.end(`{"schema":"${schemaOf(request)}","a":${'['.repeat(5e6)}${']'.repeat(5e6)}}`),
  'many lists': (_, response) => void response.end(`[${'[],'.repeat(1e7)}[]]`),
  'many fields': (_, response) => void response.end(`{${Array.from({ length: 2e6 }, (_v, i) => `"k${i}":1`).join()}}`),
  'one long text': (_, response) => void response.end(JSON.stringify('x'.repeat(30e6))),
  silence: () => {},
  drip: (request, response) => {
    response.writeHead(200);
    const dripping = setInterval(() => response.write(' '), 100);
    request.on('close', () => clearInterval(dripping));
  },
  flood: (_, response) => {
    const chunk = Buffer.alloc(1 << 20, ' ');
    const push = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response
      .writeHead(200)
      .on('drain', push)
      .on('error', () => {});
    push();
  },
  // A gigabyte, in 64 members, of which one is made.
  'gzipped zeros': profileElse(() => Buffer.concat(Array(64).fill(gzipSync(Buffer.alloc(1 << 24))))),
  'gzipped noise': profileElse(() => gzipSync(Buffer.from(Array.from({ length: 5000 }, (_v, i) => (i * 7919) & 255)))),
  'a cut profile': profileElse(body => body.subarray(0, body.length >> 1)),
  'two bytes a sample': profileElse(() => {
    const head = Buffer.from([0x0a, 4, 8, 1, 16, 2, 0x32, 0, 0x32, 1, 0x61, 0x32, 1, 0x62]);
    const samples = Buffer.alloc(60e6, Buffer.from([0x12, 0]));
    return gzipSync(Buffer.concat([head, samples]), { level: 1 });
  }),
  'lines without end': profileElse(() => gzipSync(Buffer.alloc(200e6, '{"a":'), { level: 1 })),
  'a refusal with escapes': (_, response) =>
    void response
      .writeHead(400, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: { code: 'usage', message: escapes, next: `${escapes} <target>` } })),
  'a refusal of another shape': (_, response) =>
    void response.writeHead(503).end(JSON.stringify({ error: { code: 'usage', message: 'm', next: { a: 1 } } })),
  'a refusal in text': (_, response) => void response.writeHead(429).end(escapes.repeat(1000)),
  elsewhere: (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  bytes: bytes(() => Buffer.from([0, 1, 2, 255, 254])),
  'no name': (_, response, answer) => {
    response.removeHeader('nops-process');
    send(response, answer);
  },
  'another’s name': (_, response, answer) => {
    response.setHeader('nops-process', `1 ${startTime}`);
    send(response, answer);
  },
  'another start time': (_, response, answer) => {
    response.setHeader('nops-process', `${process.pid} 1`);
    send(response, answer);
  },
};

/** For what asks for a profile; the rest gets what is genuine, so that the command comes that far. @param {(body: Buffer) => Buffer} make @returns {Way} */
function profileElse(make) {
  return (request, response, answer) => {
    if (/pprof|trace/.test(request.url ?? '')) response.end(make(Buffer.from(answer?.base64 ?? '', 'base64')));
    else send(response, answer);
  };
}

const chosen = ways[way];
if (chosen === undefined) {
  console.log(JSON.stringify(Object.keys(ways)));
  process.exit();
}
const server = createServer((request, response) => {
  response.setHeader('nops-process', `${process.pid} ${startTime}`);
  const { pathname } = new URL(request.url ?? '/', 'http://fake');
  const answer = genuine[`${request.method} ${pathname}`];
  chosen(request, response, answer === undefined ? undefined : withPid(answer));
});

/** The genuine answer as this process's own. @param {{ base64: string, type: string }} answer */
function withPid({ base64, type }) {
  if (!type.startsWith('application/json')) return { base64, type };
  const value = JSON.parse(Buffer.from(base64, 'base64').toString());
  return { base64: Buffer.from(JSON.stringify({ ...value, pid: process.pid })).toString('base64'), type };
}

mkdirSync(process.env['NOPS_DIR'] ?? '', { recursive: true, mode: 0o700 });
server.listen(`${base}.sock`, () => {
  chmodSync(`${base}.sock`, 0o600);
  const about = { schema: 'nops.agent/1', pid: process.pid, startTime, socketPath: `${base}.sock` };
  writeFileSync(`${base}.json`, JSON.stringify({ ...about, name: null, node: process.versions.node, agent: '0.1.0' }), {
    mode: 0o600,
  });
  console.log('ready');
});
