import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { maxTableBytes, parseInetTable } from '@nops/probe/beside/socket-tables';
import { readSockets } from '@nops/probe/beside/sockets';
import { readActivity } from '@nops/probe/beside/threads';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { numberSaid, startNode, until } from './processes.js';

test('data that nobody reads shows as Recv-Q, and each side sees the other by its direction', async t => {
  const server = await startNode(
    t,
    `const server = net.createServer({ pauseOnConnect: true }, () => {});
     say('port ' + await listen(server, 0)); ready();`,
  );
  const port = await numberSaid(server, 'port');
  const client = await startNode(
    t,
    `for (let i = 0; i < 3; i++) net.connect(${port}, '127.0.0.1').on('error', () => {}).write('x'.repeat(1000)); ready(); stay();`,
  );
  const served = await until(() => {
    const result = readSockets(server.pid);
    return result.peers[0]?.recvQ === 3000 ? result : undefined;
  }, 'three times 1000 bytes wait');
  assert.deepEqual(served.peers, [
    { peer: '127.0.0.1', direction: 'in', state: 'ESTABLISHED', count: 3, recvQ: 3000, sendQ: 0 },
  ]);
  assert.deepEqual(served.listeners, [{ local: `127.0.0.1:${port}`, acceptQueue: 0 }]);
  const listener = served.sockets.find(socket => socket.state === 'LISTEN');
  assert.equal(listener?.peer, '');
  assert.equal(served.sockets.filter(socket => socket.recvQ === 1000).length, 3);
  assert.deepEqual(readSockets(client.pid).peers, [
    { peer: `127.0.0.1:${port}`, direction: 'out', state: 'ESTABLISHED', count: 3, recvQ: 0, sendQ: 0 },
  ]);
});

test('a listener whose main thread is busy: connections wait in its accept queue', async t => {
  const server = await startNode(
    t,
    "say('port ' + await listen(net.createServer(), 0)); ready(); setTimeout(() => { for (;;); }, 50);",
  );
  const port = await numberSaid(server, 'port');
  await until(() => readActivity(server.pid, server.pid).state === 'running', 'it is busy');
  await startNode(
    t,
    `await Promise.all([1, 2, 3, 4].map(() => new Promise(done => net.connect(${port}, '127.0.0.1', done)))); ready(); stay();`,
  );
  const { listeners } = await until(() => {
    const result = readSockets(server.pid);
    return (result.listeners[0]?.acceptQueue ?? 0) > 0 ? result : undefined;
  }, 'connections wait');
  assert.deepEqual(listeners, [{ local: `127.0.0.1:${port}`, acceptQueue: 4 }]);
});

test('ended connections in TIME_WAIT: out for who called, in for who listens and closed first', async t => {
  const server = await startNode(
    t,
    `const server = net.createServer(socket => socket.once('data', data => { if (String(data) === 'bye') socket.end(); }));
     say('port ' + await listen(server, 0)); ready();`,
  );
  const port = await numberSaid(server, 'port');
  const client = await startNode(
    t,
    `net.connect(${port}, '127.0.0.1'); // stays: by it the peer is known
     for (let i = 0; i < 5; i++) await new Promise(done => { // closed first by this side
       const socket = net.connect(${port}, '127.0.0.1', () => socket.end()); socket.resume().once('close', done); });
     for (let i = 0; i < 2; i++) await new Promise(done => { // and by the other
       const socket = net.connect(${port}, '127.0.0.1', () => socket.write('bye')); socket.resume().once('close', done); });
     ready(); stay();`,
  );
  const called = await until(() => {
    const { timeWait } = readSockets(client.pid);
    return timeWait[0]?.count === 5 ? timeWait : undefined;
  }, 'five connections wait at the caller');
  assert.deepEqual(called, [{ peer: `127.0.0.1:${port}`, direction: 'out', count: 5 }]);
  assert.deepEqual(readSockets(server.pid).timeWait, [{ peer: '127.0.0.1', direction: 'in', count: 2 }]);
});

test('IPv6, and IPv4 through an IPv6 socket', async t => {
  const server = await startNode(
    t,
    "const server = net.createServer(); server.listen(0, '::', () => { say('port ' + server.address().port); ready(); });",
  );
  const port = await numberSaid(server, 'port');
  const sockets = [connect(port, '127.0.0.1'), connect(port, '::1')];
  t.after(() => sockets.forEach(socket => void socket.destroy()));
  const { peers, listeners } = await until(() => {
    const result = readSockets(server.pid);
    return result.peers.length === 2 ? result : undefined;
  }, 'both are connected');
  assert.deepEqual(listeners, [{ local: `[::]:${port}`, acceptQueue: 0 }]);
  assert.deepEqual(peers.map(({ peer }) => peer).sort(), ['127.0.0.1', '[::1]']);
  assert.ok(peers.every(({ direction }) => direction === 'in'));
});

test('a connection handed over by a cluster’s primary counts as in', async t => {
  const primary = await startNode(
    t,
    `const cluster = require('node:cluster');
     cluster.setupPrimary({ exec: process.execPath, args: [] });
     const script = require('node:os').tmpdir() + '/nops-cluster-' + process.pid + '.cjs';
     fs.writeFileSync(script, 'require("net").createServer(() => {}).listen(0, "127.0.0.1")');
     cluster.setupPrimary({ exec: script, execArgv: [] });
     const worker = cluster.fork();
     worker.once('listening', ({ port }) => { fs.unlinkSync(script); say('port ' + port); say('worker ' + worker.process.pid); ready(); });`,
  );
  const port = await numberSaid(primary, 'port');
  const worker = await numberSaid(primary, 'worker');
  const socket = connect(port, '127.0.0.1');
  t.after(() => void socket.destroy());
  const { peers, listeners } = await until(() => {
    const result = readSockets(worker);
    return result.peers.length > 0 ? result : undefined;
  }, 'the worker has the connection');
  assert.deepEqual(listeners, []);
  assert.deepEqual(peers, [{ peer: '127.0.0.1', direction: 'in', state: 'ESTABLISHED', count: 1, recvQ: 0, sendQ: 0 }]);
});

test('unix sockets by path and state', async t => {
  const path = join(temporaryFolder(t), 'with space.sock');
  const server = await startNode(t, `net.createServer(() => {}).listen(${JSON.stringify(path)}, ready);`);
  const sockets = [connect(path), connect(path)];
  t.after(() => sockets.forEach(socket => void socket.destroy()));
  const unix = await until(() => {
    const named = readSockets(server.pid).unix.filter(group => group.path !== ''); // standard output has no name
    return named.reduce((sum, group) => sum + group.count, 0) === 3 ? named : undefined;
  }, 'both are connected');
  assert.deepEqual(unix, [
    { path, state: 'CONNECTED', count: 2 },
    { path, state: 'LISTEN', count: 1 },
  ]);
});

test('a blocked read of a socket shows its peer and queues', async t => {
  // Only a native call blocks on a socket: dd reads the connection it got as standard input.
  const server = await startNode(
    t,
    `const server = net.createServer({ pauseOnConnect: true }, socket => {
       const reader = require('node:child_process').spawn('dd', ['of=/dev/null'], { stdio: [socket, 'ignore', 'ignore'] });
       process.on('exit', () => reader.kill());
       say('reader ' + reader.pid);
     });
     say('port ' + await listen(server, 0)); ready();`,
  );
  const socket = connect(await numberSaid(server, 'port'), '127.0.0.1');
  t.after(() => void socket.destroy());
  const reader = await numberSaid(server, 'reader');
  const port = await until(() => socket.localPort, 'we are connected');
  const { syscall } = await until(() => {
    const activity = readActivity(reader, reader);
    return activity.syscall?.name === 'read' ? activity : undefined;
  }, 'it reads');
  assert.equal(syscall?.fd, 0);
  assert.equal(syscall?.target?.kind, 'tcp');
  assert.equal(syscall?.target?.peer, `127.0.0.1:${port}`);
  assert.equal(syscall?.target?.tcpState, 'ESTABLISHED');
  assert.equal(syscall?.target?.recvQ, 0);
});

test('tables of many rows are parsed whole', () => {
  const line =
    '   1: 0100007F:1F90 0100007F:A2B4 06 00000000:00000000 03:000017A2 00000000     0        0 0 3 0000000000000000\n';
  assert.equal(parseInetTable(line.repeat(50_000)).length, 50_000);
  assert.ok(maxTableBytes / line.length > 400_000);
});

test('no such process', () => {
  assert.throws(() => readSockets(0x7fffffff), { name: 'NopsError', code: 'no-target' });
});
