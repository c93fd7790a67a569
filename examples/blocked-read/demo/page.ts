/** The page with the recorded profile, served by the real command until the walk-through ends. */

import { type ChildProcess, spawn } from 'node:child_process';
import { nopsBin } from './nops.js';

const deadlineMs = 20_000;

/** Starts `nops ui`; its address, and the process to end. */
export function openPage(file: string): Promise<{ url: string; page: ChildProcess }> {
  const page = spawn(process.execPath, [nopsBin, 'ui', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => {
      page.kill();
      reject(new Error(`nops ui gave no address within ${deadlineMs} ms: ${output}`));
    }, deadlineMs);
    const look = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /http:\/\/\S+/.exec(output)?.[0];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve({ url, page });
    };
    page.stdout.on('data', look);
    page.stderr.on('data', look);
    page.on('error', reject);
    page.on('exit', code => reject(new Error(`nops ui ended with ${code}: ${output}`)));
  });
}
