/**
 * A hostile process: announces an agent in itself, and the name of its socket comes to lead to that of another process: from the start, or as
 * soon as somebody connects.
 *
 *   NOPS_DIR=<folder> node socket-swap.mjs link|file now|later <the other's socket>     prints `ready`
 */

import { linkSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const [, , how = '', when = '', other = ''] = process.argv;
const stat = readFileSync('/proc/self/stat', 'latin1');
const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
const base = join(process.env['NOPS_DIR'] ?? '', `nops-${process.pid}-${startTime}`);

mkdirSync(process.env['NOPS_DIR'] ?? '', { recursive: true, mode: 0o700 });
const lure = how === 'link' ? symlinkSync : linkSync;
lure(other, `${base}.lure`);
const about = { schema: 'nops.agent/1', pid: process.pid, startTime, socketPath: `${base}.sock`, name: null };
writeFileSync(`${base}.json`, JSON.stringify({ ...about, node: process.versions.node, agent: '0.1.0' }), {
  mode: 0o600,
});
let isSwapped = false;
function swap() {
  if (!isSwapped) renameSync(`${base}.lure`, `${base}.sock`);
  isSwapped = true;
}
createServer(socket => {
  swap();
  socket.on('error', () => {}).destroy();
}).listen(`${base}.sock`, () => {
  if (when === 'now') swap();
  console.log('ready');
});
