// Runs a tool quietly: its output is kept, to be shown only when it failed. The tool never outlives this process, and not its deadline.

import { spawn } from 'node:child_process';

/** More output than this is cut at the front: the end says what went wrong. */
const maxOutputChars = 200_000;

/**
 * The tool's exit code and output. Code 127: it is not there; 124: it was ended at the deadline.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, deadlineMs: number, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, options) {
  return new Promise((resolve, reject) => {
    // npm is npm.cmd on Windows, which only a shell starts.
    const shell = process.platform === 'win32';
    const env = { ...process.env, ...options.env };
    const child = spawn(command, args, { cwd: options.cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let late = false;
    const keep = (/** @type {string} */ text) => {
      output = (output + text).slice(-maxOutputChars);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);

    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
    }, options.deadlineMs);
    const stop = (/** @type {NodeJS.Signals} */ signal) => {
      child.kill(signal);
      child.once('exit', () => process.exit(signal === 'SIGINT' ? 130 : 143));
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const settle = () => {
      clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
    };

    child.once('error', error => {
      settle();
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') resolve({ code: 127, output });
      else reject(error);
    });
    child.once('close', code => {
      settle();
      resolve({ code: late ? 124 : (code ?? 1), output });
    });
  });
}

/** `text` without addresses of registries and mirrors: they belong to the machine's settings, not into logs. @param {string} text */
export function withoutAddresses(text) {
  return text
    .replace(/\b[a-z][a-z+]*:\/\/[^\s'")]+/gi, '<address>')
    .replace(/\b((?:getaddrinfo|connect|read|write) E[A-Z_]+) [^\s,]+/g, '$1 <address>')
    .replace(/\b(?:[a-z0-9-]+\.)+[a-z]{2,}:\d+\b/gi, '<address>');
}
