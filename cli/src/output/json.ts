/** A result as JSON text: safe on a terminal too, because what could steer one is written as an escape. */

import { safeJson } from '@nops/core/units/printable';

/** `value` indented, with a newline after it. */
export function formatJson(value: unknown): string {
  return `${safeJson(value, 2)}\n`;
}

/** `value` on one line, as readers of many documents take it. */
export function formatJsonLine(value: unknown): string {
  return `${safeJson(value)}\n`;
}
