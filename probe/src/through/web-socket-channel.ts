/** A conversation with an inspector that listens on a port: the DevTools protocol over a WebSocket. */

import type { Duplex } from 'node:stream';
import { NopsError } from '@nops/core/protocol/errors';
import { WebSocket } from 'ws';
import { type ClosableChannel, Conversation } from './conversation.js';

/** Heap snapshots come in chunks of some 100 kB; an answer by JSON is what an expression gives. */
const maxMessageBytes = 32 << 20;
const connectMs = 5000;

/** `open` gives a stream to the inspector. Throws `no-answer` when nobody answers there in time. */
export async function connectWebSocket(url: string, open: () => Duplex): Promise<ClosableChannel> {
  const socket = new WebSocket(url, {
    createConnection: open as never, // typed for net.Socket; any duplex stream will do
    handshakeTimeout: connectMs,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    followRedirects: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', error => reject(new NopsError('no-answer', `its inspector did not answer: ${error.message}`)));
  });
  const conversation = new Conversation(
    text => socket.send(text, () => {}),
    () => socket.terminate(),
  );
  socket.on('message', data => conversation.receive(String(data)));
  socket.on('error', error => conversation.fail(new NopsError('no-answer', `its inspector: ${error.message}`)));
  socket.on('close', () => conversation.ended());
  return conversation;
}
