/** The one process that a name means: of its script, package, service or agent. */

import { basename } from 'node:path';
import { NopsError } from '@nops/core/protocol/errors';
import type { NodeProcess } from '@nops/probe/beside/processes';
import { nameOf, nodeProcesses } from '../beside/list.js';
import { nearest } from '../command-line/nearest.js';

const shownCandidates = 20;
const shownCharacters = 100;

/** Throws `no-target` when no process has this name, `usage` when several have. */
export function findByName(name: string, folder: string | undefined): NodeProcess {
  const { processes, skipped } = nodeProcesses(folder);
  const matching = processes.filter(found => namesOf(found).includes(name));
  const [only, second] = matching;
  if (only === undefined) throw noneCalled(name, processes, skipped.flatMap(({ pids }) => pids).length);
  if (second === undefined) return only;
  throw new NopsError(
    'usage',
    `${matching.length} Node.js processes are called ${name}:`,
    'Give the pid of the one you mean.',
    describeAll(matching),
  );
}

/** Everything a process is called by. */
function namesOf(found: NodeProcess): string[] {
  const { script, packageName, service, name } = found;
  const names = [nameOf(found), name, packageName, service];
  if (script !== null) names.push(script, basename(script), basename(script).replace(/\.[cm]?[jt]sx?$/, ''));
  return names.filter(known => known !== null);
}

function noneCalled(name: string, processes: NodeProcess[], hidden: number): NopsError {
  const meant = nearest(name, new Set(processes.flatMap(namesOf)));
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  const which = processes.length === 0 ? '' : '. These run here:';
  const unseen = hidden === 0 ? '' : ` ${hidden} processes could not be read; sudo nops can.`;
  return new NopsError(
    'no-target',
    `no Node.js process is called ${name}${hint}${which}`,
    `A name is that of a script, package, service or agent, in full; nops   lists the processes.${unseen}`,
    describeAll(processes),
  );
}

/** A line for each. */
function describeAll(processes: NodeProcess[]): string[] {
  const shown = processes.slice(0, shownCandidates);
  const lines = shown.map(found => {
    const runs = found.script ?? found.argv.join(' ');
    return `${found.pid}  ${nameOf(found)}  ${runs.slice(0, shownCharacters)}`;
  });
  const left = processes.length - shown.length;
  return left === 0 ? lines : [...lines, `and ${left} more`];
}
