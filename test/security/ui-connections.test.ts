/** Connections to the page of `nops ui` that show no cookie: any user of the machine can open them, and they lock nobody out. */

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.js';
import { cookieOf, get } from '../ui/ask-ui.js';
import { startUi, writeProfile } from '../ui/start-ui.js';

/** More than the page ever lets in. */
const many = 300;

const attacks: Record<string, string> = {
  idle: '',
  'half a request': 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n',
  'the wrong cookie': 'GET /api/info HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: nops-ui=x\r\n\r\n',
};

/** Opens them again as they are closed, until the test ends. */
function flood(t: TestContext, port: number, text: string): void {
  const open = new Set<Socket>();
  let isOver = false;
  const connectOne = () => {
    if (isOver) return;
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(text));
    open.add(socket);
    socket
      .on('error', () => {})
      .on('close', () => {
        open.delete(socket);
        setTimeout(connectOne, 50);
      });
  };
  for (let i = 0; i < many; i++) connectOne();
  t.after(() => {
    isOver = true;
    for (const socket of open) socket.destroy();
  });
}

for (const [what, text] of Object.entries(attacks)) {
  test(`${many} connections, ${what}: the page is still given to who has the token`, async t => {
    const ui = await startUi(t, [writeProfile(temporaryFolder(t), [[['main', 'work'], 900]])]);
    flood(t, ui.port, text);
    await new Promise(resolve => setTimeout(resolve, 1000));
    for (let i = 0; i < 5; i++) {
      assert.equal((await get(ui, '/')).status, 200);
      const cookie = await cookieOf(ui);
      assert.equal((await get(ui, '/api/info', { headers: { cookie } })).status, 200);
    }
  });
}
