/** A refusal as text: what was seen, and what to do next. */

import type { NopsError } from '@nops/core/protocol/errors';
import { printable } from '@nops/core/units/printable';

/** `about` names the target when there are several. */
export function formatRefusal(error: NopsError, about?: string): string {
  const whose = about === undefined ? '' : `${about}: `;
  const lines = [`nops: ${whose}${error.message}`, ...error.details.map(line => `  ${line}`)];
  if (error.next !== undefined) lines.push(`  next: ${error.next}`);
  return lines.map(line => `${printable(line)}\n`).join('');
}

/** A bug: what was thrown, indented, so that no line of it can pass for one of ours. */
export function formatBug(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = stack.split('\n').map(line => `  ${printable(line)}\n`);
  return `nops: this is a bug in nops, please report it with the lines below\n${lines.join('')}`;
}
