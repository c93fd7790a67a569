/** One line on the process's standard error for what an operator must be able to find later: a changed setting, a captured profile. */

import { writeSync } from 'node:fs';
import { printable } from '@nops/core/units/printable';

export function log(line: string): void {
  try {
    writeSync(2, `nops: ${printable(line)}\n`);
  } catch {
    // A full pipe or a closed standard error must not hurt the app.
  }
}
