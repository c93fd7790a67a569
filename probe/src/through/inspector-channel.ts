/**
 * A conversation with a target's inspector (the Chrome DevTools protocol). It needs the target's JavaScript thread: V8 answers between
 * two bytecodes of running JavaScript or when the thread comes round to its event loop, never while it is stuck in a system call.
 */

import { NopsError } from '@nops/core/protocol/errors';

export interface InspectorChannel {
  /** Sends a command; its answer. Never gives up by itself: pair it with `withDeadline`. */
  post<Answer>(method: string, params?: object): Promise<Answer>;
  /** Calls `listener` with the parameters of every event `method`, until the returned function is called. */
  on<Params>(method: string, listener: (params: Params) => void): () => void;
  close(): void;
}

/** The inspector refused a command. */
export class ProtocolError extends NopsError {
  constructor(message: string) {
    super('impossible', `its inspector refused: ${message}`);
  }
}

/** What was evaluated threw. */
export class ThrownError extends NopsError {
  /** What was thrown, with its stack when it had one. */
  readonly thrown: string;

  constructor(thrown: string) {
    super('impossible', `what was evaluated in the process threw: ${thrown.split('\n', 1).join('')}`);
    this.thrown = thrown;
  }
}

/**
 * The outcome of `promise`, or a `no-answer` error after `ms`. The command itself is not taken back: it stays queued in the target and
 * runs when the target gets to it, so whoever starts something must also handle a late start.
 */
export async function withDeadline<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new NopsError('no-answer', `the main thread did not answer within ${ms} ms: ${what}`)),
      ms,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The parts of Runtime.evaluate's answer that are used; what listens may be no V8. */
interface EvaluateAnswer {
  result?: unknown;
  exceptionDetails?: unknown;
}

export interface EvaluateOptions {
  /** Makes DevTools' console functions such as `profile` visible to the expression. */
  commandLine?: boolean;
  /** Awaits a promise. The answer then needs a turn of the target's event loop, also when the value is no promise. */
  awaitPromise?: boolean;
}

/** The value of a JavaScript expression in the target's main context, by JSON. What it throws is thrown. */
export async function evaluate<T>(
  channel: InspectorChannel,
  expression: string,
  options: EvaluateOptions = {},
): Promise<T> {
  const answer = await channel.post<EvaluateAnswer>('Runtime.evaluate', {
    expression,
    returnByValue: true,
    awaitPromise: options.awaitPromise ?? false,
    silent: true,
    includeCommandLineAPI: options.commandLine ?? false,
  });
  return plainValue(answer) as T;
}

/**
 * Like `evaluate`, and waits for a promise; only then does the answer need a turn of the target's event loop, which a process that runs in
 * circles never takes.
 */
export async function evaluateAndWait(channel: InspectorChannel, expression: string): Promise<unknown> {
  const answer = await channel.post<EvaluateAnswer>('Runtime.evaluate', { expression, silent: true });
  const { objectId, subtype } = record(answer.result);
  if (typeof objectId !== 'string' || answer.exceptionDetails !== undefined) return plainValue(answer);
  const byValue =
    subtype === 'promise'
      ? channel.post<EvaluateAnswer>('Runtime.awaitPromise', { promiseObjectId: objectId, returnByValue: true })
      : channel.post<EvaluateAnswer>('Runtime.callFunctionOn', {
          objectId,
          functionDeclaration: 'function () { return this; }',
          returnByValue: true,
          silent: true,
        });
  return plainValue(await byValue);
}

function plainValue({ result, exceptionDetails }: EvaluateAnswer): unknown {
  if (exceptionDetails === undefined) return record(result)['value'];
  const { exception, text } = record(exceptionDetails);
  const { description, value } = record(exception);
  throw new ThrownError(typeof description === 'string' ? description : `${String(text)} ${JSON.stringify(value)}`);
}

/** The properties of an object; none of anything else. */
function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
