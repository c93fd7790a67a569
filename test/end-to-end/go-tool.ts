/** The `go tool pprof` of this machine, and in what those of older Gos are known to differ from today's, which our reports follow. */

import { spawnSync } from 'node:child_process';

/** Go before 1.24 comes with it; later ones build it when it is first asked for, which takes a minute on two cores. */
const buildMs = 170_000;

function findGo(): { pprof: string; minor: number } | undefined {
  const version = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  if (version.error !== undefined) return undefined;
  const minor = Number(/^go1\.(\d+)/.exec(version.stdout)?.[1] ?? Number.POSITIVE_INFINITY);
  const found = spawnSync('go', ['tool', '-n', 'pprof'], { encoding: 'utf8', timeout: buildMs });
  if (found.status !== 0) throw new Error(`go tool -n pprof: ${found.error?.message ?? found.stderr}`);
  return { pprof: found.stdout.trim(), minor };
}

const go = findGo();

/** Why tests of it are skipped. */
export const skip: false | string = go === undefined && 'needs Go: `go tool pprof`';

/** The program itself: starting it through `go` takes longer than most reports. */
export const pprofPath = go?.pprof ?? '';

interface Difference {
  /** Gos of 1.x with a smaller x have it. */
  before: number;
  what: string;
  /** Arguments or lines, joined with blanks, that bring it out: such a comparison is skipped. */
  shownBy?: RegExp;
  /** What it is in a report: left out of both before they are compared. */
  inText?: RegExp;
}

/** Each is known of Go 1.19 and gone in 1.26. Nobody looked up which release between them brought it, so all between them are taken for old. */
const differences: readonly Difference[] = [
  { before: 26, what: 'the time above a report has another form', inText: /Time: [^\n\\"]+/g },
  { before: 26, what: '-tags are shares of what the filter left', shownBy: /(?:^| )-?tags(?: |$)/ },
  { before: 26, what: '-raw has no columns', shownBy: /(?:^| )-?raw(?: |$)/ },
  { before: 26, what: 'there is no -showcolumns', shownBy: /-showcolumns|(?:^| )o(?: |$)/ },
  { before: 26, what: 'columns are not read (those of a Node process)', shownBy: /-addresses .*\/cpu\.pb/ },
  { before: 26, what: 'neither columns nor documentation of made profiles are read', shownBy: /\/nops-random-/ },
  { before: 26, what: 'a profile alone is merged, which drops what is zero in it', shownBy: /(?:^| )-?traces(?: |$)/ },
];

function ofThisGo(): Difference[] {
  return differences.filter(({ before }) => go !== undefined && go.minor < before);
}

/** Why a comparison of these arguments is skipped here; undefined where it is not. */
export function oldDifference(args: readonly string[]): string | undefined {
  const line = args.join(' ');
  const found = ofThisGo().find(({ shownBy }) => shownBy?.test(line));
  return found && `Go 1.${go?.minor} is older than what we follow: ${found.what}`;
}

/** A report without what an older Go has in another form. */
export function withoutOldDifferences(report: string): string {
  return ofThisGo().reduce((text, { inText }) => (inText === undefined ? text : text.replaceAll(inText, '')), report);
}
