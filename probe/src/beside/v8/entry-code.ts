/**
 * Where an isolate keeps the top of its JavaScript stack. V8 has no constants for these offsets, but its entry stub uses them: they are
 * displacements from r13, the root register, in the machine code of Builtins_JSEntry (builtins-x64.cc, Generate_JSEntryVariant).
 */

export interface EntryOffsets {
  /** From the isolate to r13's target: IsolateData::kIsolateRootBias. */
  rootBias: number;
  /** From r13: ThreadLocalTop::c_entry_fp_, the frame that JavaScript called C++ from. */
  cEntryFp: number;
  /** From r13: ThreadLocalTop::js_entry_sp_, the frame of the outermost entry into JavaScript. */
  jsEntrySp: number;
  /** From an entry frame's pointer: where the c_entry_fp of the entry before it is saved. */
  nextExitFp: number;
}

const pushFromRoot = Buffer.from([0x41, 0xff, 0xb5]); // push [r13+d32]
const movRaxRbp = Buffer.from([0x48, 0x8b, 0xc5]); // mov rax,rbp
const storeToRoot = Buffer.from([0x49, 0x89, 0x85]); // mov [r13+d32],rax
const leaRdxRoot = Buffer.from([0x49, 0x8d, 0x55]); // lea rdx,[r13+d8]: the isolate's own address, an argument
const saveRbp = Buffer.from([0x49, 0x89, 0xad]); // mov [r13+d32],rbp

/** Within an isolate's own data: some ten kilobytes. */
const maxOffset = 1 << 18;

/** kIsolateRootBias of x64, checked against the code where it shows. */
const usualRootBias = 0x80;

/**
 * The offsets; null when the builtins' code is not found (stripped). Throws `Error` when it is not as expected. `codeOf` gives the
 * machine code of a builtin.
 */
export function readEntryOffsets(codeOf: (name: string) => Buffer | undefined): EntryOffsets | null {
  const entry = codeOf('JSEntry');
  if (entry === undefined) return null;
  const cEntryFp = displacement(entry, pushFromRoot, 0);
  const jsEntrySp = displacement(entry, storeToRoot, entry.indexOf(movRaxRbp));
  const exit = codeOf('CEntry_Return1_ArgvOnStack_BuiltinExit');
  const saved = exit === undefined ? -1 : exit.indexOf(saveRbp);
  if (exit !== undefined && saved >= 0 && exit.readInt32LE(saved + 3) !== cEntryFp) {
    throw new Error("the code of V8's entry and exit stubs disagree about c_entry_fp");
  }
  const lea = exit === undefined ? -1 : exit.indexOf(leaRdxRoot);
  const rootBias = exit === undefined || lea < 0 ? usualRootBias : -exit.readInt8(lea + 3);
  for (const offset of [cEntryFp, jsEntrySp]) {
    if (offset < 0 || offset > maxOffset) throw new Error("the code of V8's entry stub is not as expected");
  }
  return { rootBias, cEntryFp, jsEntrySp, nextExitFp: -8 * countPushes(entry, entry.indexOf(pushFromRoot)) };
}

function displacement(code: Buffer, instruction: Buffer, from: number): number {
  const at = from < 0 ? -1 : code.indexOf(instruction, from);
  if (at < 0) throw new Error("the code of V8's entry stub is not as expected");
  return code.readInt32LE(at + instruction.length);
}

/** How many words the stub pushes after `push rbp; mov rbp,rsp`, up to and with c_entry_fp, which it pushes at `end`. */
function countPushes(code: Buffer, end: number): number {
  let pushes = 1; // c_entry_fp itself
  for (let at = 4; at < end; ) {
    const [size, pushed] = instructionAt(code, at);
    pushes += pushed;
    at += size;
  }
  return pushes;
}

/** The size of one instruction of the stub's prologue and how many words it leaves on the stack. */
function instructionAt(code: Buffer, at: number): [size: number, pushed: number] {
  const first = code[at] ?? 0;
  const second = code[at + 1] ?? 0;
  if (first === 0x6a) return [2, 1]; // push imm8: the frame's type
  if (first === 0x48 && second === 0x83) return [4, 1]; // sub rsp,8: the context's place
  if (first === 0x41 && second >= 0x50 && second <= 0x57) return [2, 1]; // push r8..r15
  if (first >= 0x50 && first <= 0x57) return [1, 1]; // push rax..rdi
  if ((first === 0x49 && second === 0x89) || (first === 0x4c && second === 0x8b)) return [3, 0]; // mov
  return [1, 0];
}
