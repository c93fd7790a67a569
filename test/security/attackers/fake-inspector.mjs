// Listens where its inspector would (--inspect-port) and answers as no inspector does. Without an argument: prints the names of the ways.

import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const escapes = '\u001b]0;PWN\u0007\u001b[31mX\u009b31m\u202e\nnops: forged';
const value = answer => ({ result: { type: 'object', value: answer } });

/** What it answers to a command, after it has told its pid as it should; undefined: nothing. */
const answers = {
  silent: () => undefined,
  'an error': () => ({ error: { message: escapes } }),
  'an error without a message': () => ({ error: 7 }),
  'an exception': () => ({
    result: {
      result: { type: 'object' },
      exceptionDetails: { text: escapes, exception: { description: `${escapes}\n  at x` } },
    },
  }),
  'exception of nothing': () => ({ result: { result: null, exceptionDetails: null } }),
  'a failure': () => ({ result: value({ failure: escapes, next: escapes }) }),
  'again and again': () => ({ result: value({ failure: 'x', again: true }) }),
  'an agent already': () => ({ result: value({ already: true, version: escapes, socketPath: `/etc/${escapes}` }) }),
  'numbers for texts': () => ({ result: value({ already: 1, version: 2, socketPath: 3, failure: 4 }) }),
  'texts for numbers': () => ({
    result: value({ node: escapes, usedBytes: escapes, largeBytes: '1', rssBytes: null }),
  }),
  'not a number': () => ({ result: value({ node: -1, usedBytes: 1e308, largeBytes: -5, rssBytes: Number.MAX_VALUE }) }),
  undefined: () => ({ result: { result: { type: 'undefined' } } }),
  'no result': () => ({}),
  'a text as result': () => ({ result: 'x' }),
  null: () => ({ result: null }),
  'a list': () => ({ result: [[[]]] }),
};

/** What it does as soon as somebody connects. */
const greetings = {
  garbage: socket => socket.send('{not json'),
  'only null': socket => socket.send('null'),
  'a number': socket => socket.send('12'),
  'a list as message': socket => socket.send('[1, 2]'),
  'binary noise': socket => socket.send(Buffer.from([255, 254, 0, 1])),
  'a huge message': socket => socket.send(`"${'a'.repeat(200 << 20)}"`),
  'a deep message': socket => socket.send(`${'['.repeat(3e6)}${']'.repeat(3e6)}`),
  flood: socket => {
    const more = () =>
      socket.readyState === 1 && socket.send(JSON.stringify({ method: 'x', params: 'a'.repeat(1e6) }), more);
    more();
  },
  'hangs up': socket => socket.terminate(),
};

/** What it answers to GET /json/list. */
const lists = {
  'a list without end': response => setInterval(() => response.write(' '), 100),
  'an empty list': response => response.end('[]'),
  'a list of null': response => response.end('[null]'),
  'a huge list': response => response.end(' '.repeat(100 << 20)),
  'another address': response => response.end(JSON.stringify([{ webSocketDebuggerUrl: 'ws://127.0.0.1:22/0-0' }])),
  'a path with escapes': response =>
    response.end(JSON.stringify([{ webSocketDebuggerUrl: `ws://127.0.0.1:1/${escapes}` }])),
  redirect: response => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
};

const [way, port] = process.argv.slice(2);
if (way === undefined) {
  console.log(JSON.stringify([answers, greetings, lists].flatMap(ways => Object.keys(ways))));
  process.exit();
}
const server = createServer((_, response) => {
  if (way in lists) lists[way](response);
  else response.end(JSON.stringify([{ webSocketDebuggerUrl: `ws://127.0.0.1:${port}/0-0` }]));
});
new WebSocketServer({ server, maxPayload: 1 << 30 }).on('connection', socket => {
  socket.on('error', () => {});
  greetings[way]?.(socket);
  socket.on('message', data => {
    const { id, params } = JSON.parse(data);
    const isPid = /pid$/.test(params?.expression ?? '');
    const answer = isPid || !(way in answers) ? { result: { result: { value: process.pid } } } : answers[way]();
    if (answer !== undefined) socket.send(JSON.stringify({ id, ...answer }));
  });
});
server.listen(Number(port), '127.0.0.1', () => console.log('ready'));
