// One story of the demo, run for real. What it prints is kept without what belongs to this machine: the checkout's folder is `.`, the
// demo's temporary folder has no random letters, and of the processes listed only its own are kept.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../setup/root.mjs';

const deadlineMs = 120_000;
const own = ['upstream', 'feed-service', 'load', 'writer'];

/** @param {'no-reuse' | 'sync-read'} fault */
export function startDemo(fault) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nops-record-'));
  const demo = path.join(root, 'examples', 'dist', 'blocked-read', 'demo.js');
  const env = {
    ...process.env,
    NO_COLOR: '1',
    NOPS_DIR: path.join(folder, 'nops'),
    // What was recorded here before is not of this story: the page offers it for comparison.
    XDG_STATE_HOME: path.join(folder, 'state'),
  };
  const child = spawn(process.execPath, [demo, '--fault', fault], { cwd: folder, env });
  const ended = new Promise(resolve => child.once('close', resolve));
  process.on('exit', () => child.kill('SIGTERM'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', chunk => {
    text += chunk;
  });
  child.stderr.pipe(process.stderr);
  return {
    /** Waits until it has printed this; the first group. @param {RegExp} pattern @returns {Promise<string>} */
    async said(pattern) {
      for (const giveUpMs = Date.now() + deadlineMs; ; await new Promise(resolve => setTimeout(resolve, 100))) {
        const found = pattern.exec(text)?.[1];
        if (found !== undefined) return found;
        if (child.exitCode !== null || Date.now() > giveUpMs) throw new Error(`the demo did not get there:\n${text}`);
      }
    },
    /** Ends it; what it printed up to the last step. */
    async end() {
      child.kill('SIGINT');
      await ended;
      fs.rmSync(folder, { recursive: true, force: true });
      if (!text.includes('Every step found its evidence.')) throw new Error(`a step found nothing:\n${text}`);
      return clean(text, folder);
    },
  };
}

/** @param {string} text @param {string} folder */
function clean(text, folder) {
  const lines = text.slice(0, text.indexOf('Every step found')).trimEnd().split('\n');
  return lines
    .filter(line => !isOtherProcess(line) && !line.startsWith('→'))
    .join('\n')
    .replaceAll(`file://${root.replace(/\/$/, '')}`, '.')
    .replaceAll(root.replace(/\/$/, ''), '.')
    .replaceAll(path.join(folder, 'nops'), '/tmp/nops')
    .replaceAll(new RegExp(`${os.tmpdir()}/nops-demo-\\w+`, 'g'), '/tmp/nops-demo')
    .replace(/\n{3,}/g, '\n\n');
}

/** A row of `nops list` that is not of the demo. @param {string} line */
function isOtherProcess(line) {
  const name = /^ *\d+ +\d+ {2}(\S.*?) +(?:\d+\.\d+\.\d+|\?) /.exec(line)?.[1];
  return name !== undefined && !own.includes(name);
}
