// Finds cycles in the graph of files: for each group of files that reach each other, one shortest cycle through its first file.

/** @typedef {{ file: string, line: number }} Step a file of a cycle, and the line where it imports the next */

/**
 * @param {Map<string, { to: string, line: number }[]>} graph
 * @returns {Step[][]}
 */
export function findCycles(graph) {
  /** @type {Step[][]} */
  const cycles = [];
  const reported = new Set();
  for (const start of [...graph.keys()].sort()) {
    if (reported.has(start)) continue;
    const cycle = shortestCycle(graph, start);
    if (cycle === undefined) continue;
    cycles.push(cycle);
    for (const step of cycle) reported.add(step.file);
  }
  return cycles;
}

/**
 * Breadth first from `start` back to it.
 * @param {Map<string, { to: string, line: number }[]>} graph
 * @param {string} start
 * @returns {Step[] | undefined}
 */
function shortestCycle(graph, start) {
  /** For each file reached: who imports it, and where. @type {Map<string, Step>} */
  const cameFrom = new Map();
  const queue = [start];
  for (const file of queue) {
    for (const { to, line } of graph.get(file) ?? []) {
      if (to === start) return trace(cameFrom, start, { file, line });
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, { file, line });
      queue.push(to);
    }
  }
  return undefined;
}

/** @param {Map<string, Step>} cameFrom @param {string} start @param {Step} last @returns {Step[]} */
function trace(cameFrom, start, last) {
  const steps = [last];
  let step = last;
  while (step.file !== start) {
    const previous = cameFrom.get(step.file);
    if (previous === undefined) break;
    steps.unshift(previous);
    step = previous;
  }
  return steps;
}
