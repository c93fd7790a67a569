/**
 * Columns as long as the file says that they will be: what it says is believed only as far as it goes on, so that a small file can't ask
 * for much.
 */

import { damaged } from './damaged.js';

const firstCapacity = 1 << 16;

export function capacityFor(expected: number): number {
  return Math.min(expected, firstCapacity);
}

export function grown<Column extends Uint8Array | Uint32Array | Float64Array>(column: Column, length: number): Column {
  const larger = new (column.constructor as new (length: number) => Column)(length);
  larger.set(column);
  return larger;
}

/** Throws for what is no whole number of 32 bits. */
export function checkedUint32(value: number | undefined, what: string): number {
  if (value === undefined || value >>> 0 !== value) throw damaged(`${what} is ${value}`);
  return value;
}
