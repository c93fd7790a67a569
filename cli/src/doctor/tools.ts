/** Checks for programs that add to nops, looked up in PATH and not run. */

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { DoctorCheck } from '@nops/core/protocol/machine-results';
import { searchPath } from '../env.js';

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'firefox'];

export function checkBrowser(): DoctorCheck {
  const found = findProgram(browsers);
  return {
    name: 'browser',
    status: found === undefined ? 'limited' : 'ok',
    seen: found ?? 'none found',
    means: 'nops ui prints an address; open it in a browser elsewhere, through ssh -L.',
    fix: found === undefined ? 'Debian: apt-get install chromium' : null,
  };
}

export function checkGo(): DoctorCheck {
  const found = findProgram(['go']);
  return {
    name: 'go tool pprof',
    status: found === undefined ? 'limited' : 'ok',
    seen: found ?? 'not found',
    means: 'Not needed: profiles can also be read by it.',
    fix: found === undefined ? 'Debian: apt-get install golang-go' : null,
  };
}

function findProgram(names: string[]): string | undefined {
  const folders = searchPath(process.env).split(delimiter).filter(Boolean);
  return names.flatMap(name => folders.map(folder => join(folder, name))).find(path => existsSync(path));
}
