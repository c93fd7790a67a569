/**
 * Reads JSON as its bytes arrive, without ever holding the text: files are larger than a string may be, and what is wanted of them is a
 * fraction. Keys that are asked for have numbers; values under other keys pass unread.
 */

export interface JsonSink {
  /** `key` is the number of the key that leads to it, −1 for others and in arrays; `depth` counts what is open around it. */
  number(depth: number, key: number, value: number): void;
  /** Only where `wants` says so. The bytes are valid during the call, escapes still in them. */
  string(depth: number, key: number, bytes: Uint8Array): void;
  open(depth: number, key: number, isArray: boolean): void;
  close(depth: number): void;
  wants(depth: number, key: number): boolean;
}

/** Deeper nesting is no profile. */
const maxDepth = 64;
/** Of a key or a wanted string. */
const maxStringBytes = 1 << 20;

const quote = 0x22;
const backslash = 0x5c;

const states = { value: 0, string: 1, number: 2 } as const;

export class JsonScanner {
  readonly #sink: JsonSink;
  readonly #keys: Map<number, number>;
  #state: (typeof states)[keyof typeof states] = states.value;
  /** 1 for arrays, 0 for objects; and the key that leads to what is inside, by depth. */
  readonly #isArray = new Uint8Array(maxDepth + 1);
  readonly #key = new Int32Array(maxDepth + 1).fill(-1);
  #depth = 0;
  /** In an object, the next string is a key. */
  #expectsKey = false;
  #isKey = false;
  #isEscaped = false;
  #isKept = false;
  #text = new Uint8Array(256);
  #length = 0;

  /** `keys` get their index as their number. */
  constructor(sink: JsonSink, keys: readonly string[]) {
    this.#sink = sink;
    this.#keys = new Map(
      keys.map((key, i) => [
        hashOf(
          Uint8Array.from(key, c => c.charCodeAt(0)),
          key.length,
        ),
        i,
      ]),
    );
  }

  /** Whether everything that was opened is closed, and something was. */
  isWhole = false;

  /** Throws a SyntaxError for what is no JSON at all; what is merely odd passes. */
  write(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === states.string) at = this.#inString(chunk, at);
      else if (this.#state === states.number) at = this.#inNumber(chunk, at);
      else at = this.#between(chunk, at);
    }
  }

  #between(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      switch (byte) {
        case 0x20:
        case 0x0a:
        case 0x0d:
        case 0x09:
          break;
        case 0x2c: // comma
          this.#expectsKey = this.#isArray[this.#depth] === 0;
          break;
        case 0x3a: // colon
          this.#expectsKey = false;
          break;
        case quote:
          this.#isKey = this.#expectsKey && this.#isArray[this.#depth] === 0 && this.#depth > 0;
          this.#isKept = this.#isKey || this.#sink.wants(this.#depth, this.#keyHere());
          this.#length = 0;
          this.#isEscaped = false;
          this.#state = states.string;
          return at + 1;
        case 0x7b:
        case 0x5b:
          this.#open(byte === 0x5b);
          break;
        case 0x7d:
        case 0x5d:
          this.#close(byte === 0x5d);
          break;
        default:
          if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
            this.#length = 0;
            this.#state = states.number;
            return at;
          }
          // true, false and null: nothing that is wanted here.
          if (byte < 0x61 || byte > 0x7a) throw new SyntaxError(`the byte ${byte} has no place in JSON`);
      }
    }
    return chunk.length;
  }

  #inString(chunk: Uint8Array, from: number): number {
    let at = from;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === backslash) this.#isEscaped = true;
      else if (byte === quote) break;
    }
    if (this.#isKept) this.#keep(chunk, from, at);
    if (at === chunk.length) return at;
    this.#state = states.value;
    if (this.#isKey) this.#key[this.#depth] = this.#keys.get(hashOf(this.#text, this.#length)) ?? -1;
    else if (this.#isKept) this.#sink.string(this.#depth, this.#keyHere(), this.#text.subarray(0, this.#length));
    return at + 1;
  }

  #inNumber(chunk: Uint8Array, from: number): number {
    let at = from;
    // Digits, sign, point and exponent: + - . 0-9 E e
    while (at < chunk.length && isOfNumber(chunk[at] ?? 0)) at++;
    if (at < chunk.length && this.#length === 0)
      this.#sink.number(this.#depth, this.#keyHere(), parse(chunk, from, at));
    else this.#keep(chunk, from, at);
    if (at === chunk.length) return at;
    if (this.#length > 0) this.#sink.number(this.#depth, this.#keyHere(), parse(this.#text, 0, this.#length));
    this.#length = 0;
    this.#state = states.value;
    return at;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#length + to - from;
    if (needed > maxStringBytes) throw new SyntaxError('a string in it is longer than a name can be');
    if (needed > this.#text.length) {
      const larger = new Uint8Array(Math.max(needed, this.#text.length * 2));
      larger.set(this.#text.subarray(0, this.#length));
      this.#text = larger;
    }
    this.#text.set(chunk.subarray(from, to), this.#length);
    this.#length = needed;
  }

  #open(isArray: boolean): void {
    this.#sink.open(this.#depth, this.#keyHere(), isArray);
    if (this.#depth === maxDepth) throw new SyntaxError(`it is nested deeper than ${maxDepth} levels`);
    this.#depth++;
    this.#isArray[this.#depth] = Number(isArray);
    this.#key[this.#depth] = -1;
    this.#expectsKey = !isArray;
  }

  #close(isArray: boolean): void {
    if (this.#depth === 0 || this.#isArray[this.#depth] !== Number(isArray))
      throw new SyntaxError('its brackets do not match');
    this.#depth--;
    this.#expectsKey = false;
    this.#sink.close(this.#depth);
    if (this.#depth === 0) this.isWhole = true;
  }

  #keyHere(): number {
    return this.#isArray[this.#depth] === 1 ? -1 : (this.#key[this.#depth] ?? -1);
  }
}

function isOfNumber(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b
  );
}

/** Whole numbers of few digits by hand, which nearly all are. */
function parse(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = bytes[from] === 0x2d;
  let value = 0;
  for (let at = isNegative ? from + 1 : from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9 || at - from > 15) return Number(String.fromCharCode(...bytes.subarray(from, to)));
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}

/** FNV-1a twice, from two offsets, as one number of 53 bits: equal ones are taken for the same text. */
export function hashOf(bytes: Uint8Array, length: number): number {
  let a = 0x811c9dc5;
  let b = 0x01000193 ^ length;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] ?? 0;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca77);
  }
  return (a >>> 0) * 2 ** 21 + (b >>> 11);
}
