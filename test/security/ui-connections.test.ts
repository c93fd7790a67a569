/** Connections to `nops ui` without its cookie, which any user of the machine can open: they don't lock the page's user out. */

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.js';
import { cookieOf, get } from '../ui/ask-ui.js';
import { startUi, writeProfile } from '../ui/start-ui.js';
import { flood } from './flood.js';

/** More than the page ever lets in. */
const many = 300;

const attacks: Record<string, string> = {
  idle: '',
  'half a request': 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n',
  'the wrong cookie': 'GET /api/info HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: nops-ui=x\r\n\r\n',
};

for (const [what, text] of Object.entries(attacks)) {
  test(`${many} connections, ${what}: the page is still given to who has the token`, async t => {
    const ui = await startUi(t, [writeProfile(temporaryFolder(t), [[['main', 'work'], 900]])]);
    flood(t, ui.port, many, socket => socket.write(text));
    await new Promise(resolve => setTimeout(resolve, 1000));
    for (let i = 0; i < 5; i++) {
      assert.equal((await get(ui, '/')).status, 200);
      const cookie = await cookieOf(ui);
      assert.equal((await get(ui, '/api/info', { headers: { cookie } })).status, 200);
    }
  });
}

test('a browser that takes its time, as over a slow tunnel, is given the page without a cookie', async t => {
  const ui = await startUi(t, [writeProfile(temporaryFolder(t), [[['main', 'work'], 900]])]);
  const socket = connect({ port: ui.port, host: '127.0.0.1' });
  t.after(() => socket.destroy());
  let text = '';
  socket.on('data', chunk => (text += chunk));
  const ended = new Promise((resolve, reject) => socket.on('end', resolve).on('error', reject));
  await new Promise(resolve => setTimeout(resolve, 5000));
  socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${ui.port}\r\nConnection: close\r\n\r\n`);
  await ended;
  assert.match(text, /^HTTP\/1\.1 200 OK.*<\/html>/s);
});
