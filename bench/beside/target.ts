/** A process for the benchmark of stacks, with eleven frames of its own: it waits in a system call, or computes. Says `ready` first. */

const mode = process.argv[2];
const cell = new Int32Array(new SharedArrayBuffer(4));

function compute(): number {
  let sum = 1;
  while (sum !== 0) for (let i = 0; i < 1e6; i++) sum += i % 7;
  return sum;
}

function descend(left: number): void {
  if (left > 0) descend(left - 1);
  else if (mode === 'compute') compute();
  else Atomics.wait(cell, 0, 0);
}

process.send?.('ready', () => setTimeout(descend, 50, 10));
