/** What is measured, as addresses: `nops ui` on a file, and folders of other viewers with the same files below /data/. */

import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';

const nops = new URL('../../../cli/bin/nops.js', import.meta.url).pathname;

export interface Serving {
  url: string;
  close(): void;
}

/** The real command, as it is built. */
export function serveNops(file: string): Promise<Serving> {
  const child = spawn(process.execPath, [nops, 'ui', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const url = /http:\S+/.exec(text)?.[0];
      if (url !== undefined) resolve({ url, close: () => void child.kill() });
    });
    child.once('exit', code => reject(new Error(`nops ui ended with ${code}`)));
  });
}

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** The page that a viewer's own command writes of a file; it is found in `modules`. */
export async function serveWritten(modules: string, writes: (page: string) => string[]): Promise<Serving> {
  const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
  const [script = '', ...args] = writes(join(folder, 'index.html'));
  execFileSync(process.execPath, [join(modules, script), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const { url, close } = await serveFolder(folder, folder);
  return {
    url,
    close: () => {
      close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The files of `folder`, and those of `data` below /data/. */
export function serveFolder(folder: string, data: string): Promise<Serving> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const file = path.startsWith('/data/') ? join(data, path.slice('/data/'.length)) : join(folder, path);
    const found = existsSync(file) && statSync(file).isDirectory() ? join(file, 'index.html') : file;
    if (!existsSync(found)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(found)] ?? 'application/octet-stream' });
    createReadStream(found).pipe(response);
  });
  return new Promise(resolve =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        url: `http://127.0.0.1:${port}/`,
        close: () => {
          server.closeAllConnections();
          server.close();
        },
      });
    }),
  );
}
