/**
 * A column whose length is not known before. It grows in place: what is reserved takes no memory until it is written, and nothing is
 * copied; a trace has millions of rows, and doubled arrays would be most of what reading one takes.
 */

type Cells = Uint8Array | Uint16Array | Uint32Array;

type CellsType<Array extends Cells> = {
  new (buffer: ArrayBuffer, offset?: number, length?: number): Array;
  readonly BYTES_PER_ELEMENT: number;
};

/** Rows, and ids that index them: more could only come from a damaged file. */
export const maxRows = 200_000_000;
const firstRows = 1024;

export class GrowingColumn<Array extends Cells = Uint32Array> {
  readonly #type: CellsType<Array>;
  readonly #buffer: ArrayBuffer;
  /** As long as there is room now: those behind `length` are 0. */
  readonly array: Array;
  length = 0;

  constructor(type: CellsType<Array>) {
    this.#type = type;
    this.#buffer = new ArrayBuffer(firstRows * type.BYTES_PER_ELEMENT, {
      maxByteLength: maxRows * type.BYTES_PER_ELEMENT,
    });
    this.array = new type(this.#buffer);
  }

  push(value: number): void {
    if (this.length === this.array.length) this.#grow(this.length);
    this.array[this.length++] = value;
  }

  /** In any order. */
  set(index: number, value: number): void {
    if (index >= this.length) {
      if (index >= this.array.length) this.#grow(index);
      this.length = index + 1;
    }
    this.array[index] = value;
  }

  /** As it is now. */
  finish(): Array {
    return new this.#type(this.#buffer, 0, this.length);
  }

  /** Gives its memory back. */
  free(): void {
    this.length = 0;
    this.#buffer.resize(0);
  }

  #grow(index: number): void {
    const rows = Math.min(maxRows, Math.max(index + 1, this.array.length * 2));
    this.#buffer.resize(rows * this.#type.BYTES_PER_ELEMENT);
  }
}

export function growing32(): GrowingColumn {
  return new GrowingColumn(Uint32Array);
}
