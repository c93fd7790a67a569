/**
 * Who sends a request: the stack at that moment, awaiting callers included, as text with one frame a line, innermost first:
 * `function (file:line:column)`. At most so many a second, as each costs 10-20 µs.
 */

const maxPerSecond = 200;
const maxFrames = 24;

export class Initiators {
  #second = -1;
  #left = 0;

  /** undefined when there were too many. */
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
    return { file, text: `${name} (${file}:${site.getLineNumber() ?? 0}:${site.getColumnNumber() ?? 0})` };
  });
  // Our own frames and those of the channel lie innermost.
  const first = frames.findIndex(({ file }) => file.startsWith('node:') && !file.includes('diagnostics_channel'));
  const own = frames.slice(Math.max(0, first));
  return own.length === 0 ? undefined : own.map(({ text }) => text).join('\n');
}
