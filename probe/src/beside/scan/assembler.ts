/**
 * Just enough of WebAssembly's binary format to write the scan kernel as nested expressions: WebAssembly Core 2.0, chapter 5, with
 * the vector instructions of section 5.4.8. Everything is bytes; an expression is what leaves its value on the stack.
 */

export type Code = readonly number[];

export const valueTypes = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;
type ValueType = (typeof valueTypes)[keyof typeof valueTypes];

export interface KernelFunction {
  name: string;
  params: readonly ValueType[];
  /** Local variables after the parameters. */
  locals: readonly ValueType[];
  /** Leaves one i32. */
  body: Code;
}

export const local = {
  get: (index: number): Code => [0x20, index],
  set: (index: number, value: Code): Code => [...value, 0x21, index],
  tee: (index: number, value: Code): Code => [...value, 0x22, index],
};

export const i32 = {
  const: (value: number): Code => [0x41, ...signedLeb(value)],
  add: binary(0x6a),
  and: binary(0x71),
  or: binary(0x72),
  shl: binary(0x74),
  shrUnsigned: binary(0x76),
  atLeastUnsigned: binary(0x4f),
  load: (address: Code, offset = 0): Code => [...address, 0x28, 2, ...unsignedLeb(offset)],
  loadByte: (address: Code, offset = 0): Code => [...address, 0x2d, 0, ...unsignedLeb(offset)],
  store: (address: Code, value: Code): Code => [...address, ...value, 0x36, 2, 0],
};

export const v128 = {
  load: (address: Code, offset = 0): Code => [...address, ...vector(0x00), 4, ...unsignedLeb(offset)],
  /** Sixteen bytes as they lie in memory. */
  const: (bytes: readonly number[]): Code => [...vector(0x0c), ...bytes],
  and: vectorBinary(0x4e),
  or: vectorBinary(0x50),
  anyTrue: (value: Code): Code => [...value, ...vector(0x53)],
  splat16: (value: Code): Code => [...value, ...vector(0x10)],
  splat64: (value: Code): Code => [...value, ...vector(0x12)],
  equal16: vectorBinary(0x2d),
  equal64: vectorBinary(0xd6),
};

export const control = {
  /** Whole statement: `block { loop { body } }`; within `body`, branch 0 goes round again and branch 1 leaves. */
  loop: (body: Code): Code => [0x02, 0x40, 0x03, 0x40, ...body, 0x0b, 0x0b],
  when: (condition: Code, then: Code): Code => [...condition, 0x04, 0x40, ...then, 0x0b],
  branch: (depth: number): Code => [0x0c, depth],
  branchIf: (depth: number, condition: Code): Code => [...condition, 0x0d, depth],
};

/** A whole module: one memory of `pages` 64 KiB pages, exported as `memory`, and the functions, each giving an i32. */
export function assemble(functions: readonly KernelFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params }) => [0x60, ...list(params.map(type => [type])), 1, valueTypes.i32]);
  const exports = functions.map(({ name }, index) => [...text(name), 0x00, index]);
  const bodies = functions.map(({ locals, body }) => {
    const code = [...list(locals.map(type => [1, type])), ...body, 0x0b];
    return [...unsignedLeb(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(3, list(functions.map((_, index) => [index]))),
    ...section(5, list([[0x01, ...unsignedLeb(pages), ...unsignedLeb(pages)]])),
    ...section(7, list([[...text('memory'), 0x02, 0], ...exports])),
    ...section(10, list(bodies)),
  ]);
}

function binary(opcode: number): (left: Code, right: Code) => Code {
  return (left, right) => [...left, ...right, opcode];
}

function vectorBinary(opcode: number): (left: Code, right: Code) => Code {
  return (left, right) => [...left, ...right, ...vector(opcode)];
}

function vector(opcode: number): Code {
  return [0xfd, ...unsignedLeb(opcode)];
}

function section(id: number, content: Code): Code {
  return [id, ...unsignedLeb(content.length), ...content];
}

function list(items: readonly Code[]): Code {
  return [...unsignedLeb(items.length), ...items.flat()];
}

function text(name: string): Code {
  return list([...Buffer.from(name)].map(byte => [byte]));
}

function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7f;
    bytes.push((rest & 0x7f) | (more ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
}
