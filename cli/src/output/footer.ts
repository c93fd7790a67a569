/** The last lines of an answer: how it was got, and what its reader must know. */

import type { Way } from '@nops/core/protocol/results';
import type { Output } from './output.js';

const ways: Record<Way, string> = {
  beside: 'read beside the process, from /proc',
  agent: 'answered by the agent in the process',
  through: 'answered through the inspector',
};

export function formatFooter(result: { pid: number; way: Way; notes: string[] }, output: Output): string {
  const lines = [`pid ${result.pid}, ${ways[result.way]}`, ...result.notes.map(note => `note: ${note}`)];
  return `\n${lines.map(line => `${output.colors.dim(line)}\n`).join('')}`;
}
