/** A result as JSON text: safe on a terminal too, because what could steer one is written as an escape. */

/** `value` indented, with a newline after it. */
export function formatJson(value: unknown): string {
  return format(value, 2);
}

/** `value` on one line, as readers of many documents take it. */
export function formatJsonLine(value: unknown): string {
  return format(value, 0);
}

/** JSON.stringify escapes only what is below U+0020. */
function format(value: unknown, indent: number): string {
  const text = JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}
