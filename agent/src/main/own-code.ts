/**
 * Whether an inspector call has interrupted Node's own JavaScript. Between two bytecodes of it a list of timers may be half linked, or a
 * module half loaded, and what we do there (set a timer, load a module) would meet that. It passes within microseconds; so we come again.
 */

/** Enough for the callers of a module that is being loaded. */
const maxFrames = 50;

/** `passing`: the innermost function is Node's; `loading`: Node loads one of its modules; undefined: nothing of that. */
export function interruptedNode(outermost: (...args: never[]) => unknown): 'passing' | 'loading' | undefined {
  const files = innermostFirst(outermost);
  if (files.some(isLoader)) return 'loading';
  return files[0]?.startsWith('node:') === true ? 'passing' : undefined;
}

/** Node 20 has it in `loaders`, later ones in `realm`: lib/internal/bootstrap/. */
function isLoader(file: string): boolean {
  return file === 'node:internal/bootstrap/realm' || file === 'node:internal/bootstrap/loaders';
}

/** The files of the functions that were interrupted. The settings of Error are the app's: they are put back before it can see. */
function innermostFirst(outermost: (...args: never[]) => unknown): string[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = maxFrames;
    Error.prepareStackTrace = (_, sites) => sites.map(site => site.getFileName() ?? '');
    Error.captureStackTrace(holder, outermost);
    const files = Array.isArray(holder.stack) ? (holder.stack as string[]) : [];
    return files[0] === '' ? files.slice(1) : files; // the expression that the inspector evaluates
  } catch {
    return []; // a frozen Error: then it is not known
  } finally {
    restore(stackTraceLimit, prepareStackTrace);
  }
}

function restore(limit: typeof Error.stackTraceLimit, prepare: typeof Error.prepareStackTrace): void {
  try {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = prepare;
  } catch {
    // Frozen, so nothing was changed.
  }
}
