/**
 * Decodes /proc/PID/task/TID/syscall, proc_pid_syscall(5):
 *
 *   232 0xd 0x7ffe 0x400 0x3e8 0x0 0x0 0x7ffe1234 0x7f1a5678     number, six arguments, stack pointer, program counter
 *   -1 0x7ffe1234 0x7f1a5678                                     blocked, but not in a call (a page fault)
 *   running
 */

import { syscallSignature } from './syscalls.js';

export interface SyscallLine {
  /** Absent when it runs or is blocked outside of a call. */
  call?: { name: string; args: string[]; fd?: number };
  /** 0x-hexadecimal; absent when it runs. */
  stackPointer?: string;
}

/** What the line says; `architecture` as in process.arch. Calls are named on x64, elsewhere they are `syscall_<number>`. */
export function parseSyscallLine(line: string, architecture: string = process.arch): SyscallLine {
  const words = line.trim().split(' ');
  const number = Number.parseInt(words[0] ?? '', 10);
  if (Number.isNaN(number)) return {};
  const stackPointer = words.at(-2);
  if (words.length < 3 || stackPointer === undefined) return {};
  if (number < 0) return { stackPointer };
  const signature = architecture === 'x64' ? syscallSignature(number) : undefined;
  const args = words.slice(1, 1 + (signature?.argCount ?? 6));
  const fd = signature?.fdFirst === true ? toInt32(args[0]) : -1;
  const name = signature?.name ?? `syscall_${number}`;
  return { call: { name, args, ...(fd >= 0 ? { fd } : {}) }, stackPointer };
}

/** Descriptors are C ints: AT_FDCWD (-100) can be written as 0xffffff9c or sign-extended. */
function toInt32(hex: string | undefined): number {
  return hex === undefined ? -1 : Number(BigInt.asIntN(32, BigInt(hex)));
}
