/** A result as JSON text: safe on a terminal too, because what could steer one is written as an escape. */

/** `value` indented, with a newline after it. JSON.stringify escapes only what is below U+0020. */
export function formatJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}
