/**
 * What can go wrong when somebody asks a process about itself: one error type, used in process, over HTTP and as exit code.
 * Every error says what was seen (`message`) and what to do next (`next`).
 */

/** Why a request was refused or failed. The CLI's exit code and the agent's HTTP status both follow from it. */
export type ErrorCode = 'usage' | 'no-target' | 'no-permission' | 'no-answer' | 'impossible';

/** Exit codes of the CLI: 0 is fine and 1 is "findings or thresholds crossed", neither of which is an error. */
export const exitCodes: Record<ErrorCode, number> = {
  usage: 2,
  'no-target': 3,
  'no-permission': 4,
  'no-answer': 5,
  impossible: 6,
};

/** HTTP status that the agent answers with. */
export const httpStatuses: Record<ErrorCode, number> = {
  usage: 400,
  'no-target': 404,
  'no-permission': 403,
  'no-answer': 504,
  impossible: 501,
};

/** An expected failure: told to the user as it is. Anything else that is thrown is a bug. */
export class NopsError extends Error {
  readonly code: ErrorCode;
  /** The next command or step that gets the user further; printed on its own line. */
  readonly next: string | undefined;
  /** What was seen, in lines of their own below the message. Each text here is one line: a line end in it is shown as an escape. */
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, next?: string, details: readonly string[] = []) {
    super(message);
    this.name = 'NopsError';
    this.code = code;
    this.next = next;
    this.details = details;
  }
}

/** As many as may be under way are: HTTP 429, with when to ask again. */
export class BusyError extends NopsError {
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super('no-answer', message, `Ask again in ${retryAfterSeconds} s.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** HTTP status of a BusyError. */
export const busyStatus = 429;

/** The JSON body of an error answer of the agent's own endpoints. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string; next?: string };
}

export function toErrorBody(error: NopsError): ErrorBody {
  return {
    error: { code: error.code, message: error.message, ...(error.next === undefined ? {} : { next: error.next }) },
  };
}

/** The inverse of `toErrorBody`; undefined when `body` is something else. */
export function fromErrorBody(body: unknown): NopsError | undefined {
  const error = (body as Partial<ErrorBody> | null)?.error;
  if (typeof error?.message !== 'string' || typeof error.code !== 'string') return undefined;
  if (!Object.hasOwn(exitCodes, error.code)) return undefined;
  return new NopsError(error.code, error.message, typeof error.next === 'string' ? error.next : undefined);
}
