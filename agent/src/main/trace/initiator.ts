/**
 * Who sends a request: the stack at that moment, awaiting callers included, as text with one frame a line, innermost first:
 * `function (file:line:column)`. At most so many a second, as each costs 10-20 µs.
 */

const maxPerSecond = 200;
const maxFrames = 24;

/** Encrypted connections that wait for their request to be heard of. */
const maxHandles = 1000;

export class Initiators {
  #second = -1;
  #left = 0;
  readonly #handles = new Map<number, string>();

  /** A TLS connection is being made: there is no channel for that, and who makes it is on the stack now only. */
  handleMade(asyncId: number): void {
    const stack = this.take();
    if (stack === undefined) return;
    if (this.#handles.size >= maxHandles) this.#handles.clear();
    this.#handles.set(asyncId, stack);
  }

  /** Who made the connection with this handle; to be asked once. */
  ofHandle(asyncId: number | undefined): string | undefined {
    if (asyncId === undefined) return undefined;
    const stack = this.#handles.get(asyncId);
    this.#handles.delete(asyncId);
    return stack;
  }

  /** undefined when there were too many, or when none of the app's own functions is on the stack. */
  take(): string | undefined {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#left = maxPerSecond;
    }
    if (this.#left <= 0) return undefined;
    this.#left--;
    return captureStack();
  }
}

/** The settings of Error are the app's: they are put back before anything else can run. */
function captureStack(): string | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = maxFrames;
    Error.prepareStackTrace = (_, sites) => sites;
    Error.captureStackTrace(holder, captureStack);
    return Array.isArray(holder.stack) ? describe(holder.stack as NodeJS.CallSite[]) : undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

function describe(sites: NodeJS.CallSite[]): string | undefined {
  const frames = sites.map(site => {
    const name = site.getFunctionName() ?? site.getMethodName() ?? '(anonymous)';
    const file = site.getFileName() ?? '';
    return {
      isOwn: isOwn(file),
      text: `${name} (${file}:${site.getLineNumber() ?? 0}:${site.getColumnNumber() ?? 0})`,
    };
  });
  // The recorder's frames lie innermost, then Node's.
  const first = frames.findIndex(({ isOwn }) => isOwn);
  return first < 0
    ? undefined
    : frames
        .slice(first)
        .map(({ text }) => text)
        .join('\n');
}

/** Neither Node's own nor this package's, which as a bundle has no file. */
function isOwn(file: string): boolean {
  return file !== '' && !file.startsWith('node:') && !file.startsWith(here);
}

/** The folder of this package's code on this thread; of no use where it was injected, and its frames have no file there. */
const here = (import.meta.url ?? 'file:///nops-agent/').replace(/[^/]*\/[^/]*$/, '');
