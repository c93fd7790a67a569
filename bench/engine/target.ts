/**
 * A process with as many compiled functions as it is told, and an HTTP server. It says its port.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const count = Number(process.argv[2]);
const perScript = 500;
const kept: ((x: number) => number)[] = [];
for (let i = 0; i < count; i += perScript) {
  let code = '';
  for (let j = i; j < Math.min(i + perScript, count); j++)
    code += `out.push(function f${j}(x) { return x + ${j}; });\n`;
  const out: typeof kept = [];
  new Function('out', code)(out);
  for (const f of out) f(1);
  kept.push(...out);
}

/** Some work of its own for each request, in a few functions. */
function answer(): string {
  let sum = 0;
  for (let i = 0; i < 200; i++) sum += kept[i % kept.length]?.(i) ?? 0;
  return JSON.stringify({ sum });
}

const server = createServer((_request, response) => response.end(answer())).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});

process.on('disconnect', () => process.exit(0));
