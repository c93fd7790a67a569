/** What the steps of a walk-through share: where they look, what they tell, and what they leave for the final line. */

import { answer, type Child } from './children.js';
import { nops, type Run } from './nops.js';

export interface Measured {
  /** Requests answered per second. */
  rps: number;
  /** Milliseconds; null when nothing was answered. */
  p50: number | null;
  p99: number | null;
}

export interface Step {
  name: string;
  command: string;
  /** The step found what it looked for. */
  ok: boolean;
  /** The values it read from nops's own JSON. */
  evidence: Record<string, unknown>;
}

export interface Story {
  service: Child;
  load: Child;
  say: (text: string) => void;
  steps: Step[];
  /** A folder for files, removed at the end. */
  folder: string;
}

/** Runs a command and notes what `look` finds in its JSON: the evidence, and whether it is what was looked for. */
export async function step<Json>(
  story: Story,
  name: string,
  args: string[],
  look: (json: Json) => { ok: boolean; evidence: Record<string, unknown> },
): Promise<Step> {
  const run = await nops(args, story.folder, story.say);
  return record(story, name, run, look);
}

/** Like `step`, and again until the evidence is there, since a queue or a state seen at one instant can be empty. */
export async function stepUntilFound<Json>(
  story: Story,
  name: string,
  args: string[],
  look: (json: Json) => { ok: boolean; evidence: Record<string, unknown> },
  tries = 10,
): Promise<Step> {
  for (let i = 1; ; i++) {
    const shown: string[] = [];
    const run = await nops(args, story.folder, text => void shown.push(text));
    if (i < tries && !(run.json !== undefined && look(run.json as Json).ok)) continue;
    for (const text of shown) story.say(text);
    return record(story, name, run, look);
  }
}

function record<Json>(story: Story, name: string, run: Run, look: (json: Json) => Pick<Step, 'ok' | 'evidence'>): Step {
  const found = run.json === undefined ? { ok: false, evidence: { exitCode: run.exitCode } } : look(run.json as Json);
  const done = { name, command: run.command, ...found };
  story.steps.push(done);
  story.say(`${found.ok ? '→' : '✗'} ${name}: ${JSON.stringify(found.evidence)}\n`);
  return done;
}

/** Latency and throughput over the next seconds, as the load generator sees them. */
export async function measure(load: Child, seconds: number): Promise<Measured> {
  load.process.send({ type: 'measure', seconds });
  const told = await answer(load.process, 'measured', seconds * 1000 + 10_000);
  return { rps: Number(told['rps']), p50: numberOrNull(told['p50']), p99: numberOrNull(told['p99']) };
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
