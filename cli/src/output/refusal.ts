/** A refusal as text: what was seen, and what to do next. */

import type { NopsError } from '@nops/core/protocol/errors';
import { printable } from '@nops/core/units/printable';

/** `about` names the target when there are several. */
export function formatRefusal(error: NopsError, about?: string): string {
  const next = error.next === undefined ? '' : `  next: ${printableLines(error.next)}\n`;
  const whose = about === undefined ? '' : `${printable(about)}: `;
  return `nops: ${whose}${printableLines(error.message)}\n${next}`;
}

/** Messages may have several lines of ours; what targets put into them was made printable when they were written. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
