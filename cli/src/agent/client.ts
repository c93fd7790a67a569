/** Asks an agent: endpoints by name, checked answers, errors as the agent meant them. */

import { boundedJson } from '@nops/core/protocol/bounded-json';
import { type EndpointName, endpoints } from '@nops/core/protocol/endpoints';
import { type ErrorCode, fromErrorBody, NopsError } from '@nops/core/protocol/errors';
import { type AnswerName, type AnswerOf, answers, maxAnswerBytes } from '@nops/core/protocol/schemas/answers';
import type { Schema } from '@nops/core/protocol/schemas/build';
import { parseBy } from '@nops/core/protocol/schemas/parse';
import { type AgentAddress, processOf } from './address.js';
import { orEnded } from './ended.js';
import { type ExchangeResponse, exchange, notAnAgent, notHeard, requestTimeoutStatus } from './exchange.js';

interface CallOptions {
  /** How long the answer may take, the time that is measured included. */
  deadlineMs?: number;
  /** Sent as JSON. */
  body?: unknown;
}

const deadlineMs = 5_000;
/** As they come; what is unpacked of them has bounds of its own where it is read. */
const maxDownloadBytes = {
  /** A profile of 300 s has a few megabytes, and ten times that as .cpuprofile. */
  profile: 32 * 1024 ** 2,
  heap: 32 * 1024 ** 2,
  allocs: 32 * 1024 ** 2,
  traceAlias: 128 * 1024 ** 2,
};
const openingBrace = 0x7b;
/** Of a refusal's text that is shown. */
const maxRefusalLength = 2000;

export class AgentClient {
  readonly address: AgentAddress;
  readonly #signal: AbortSignal;

  constructor(address: AgentAddress, signal: AbortSignal) {
    this.address = address;
    this.#signal = signal;
  }

  /** Its process here, when that is known. */
  get #pid(): number | undefined {
    return processOf(this.address)?.pid;
  }

  /**
   * The result that the endpoint answers. Throws a NopsError, `no-answer` for one that is malformed, or the signal's reason when it aborts.
   */
  async call<Name extends AnswerName>(
    name: Name,
    params: Record<string, number | string> = {},
    options: CallOptions = {},
  ): Promise<AnswerOf<Name>> {
    const { body, by } = await this.#ask(name, params, { ...options, maxBytes: maxAnswerBytes(name) });
    const json = boundedJson(body);
    if (!json.ok) throw by === undefined ? notAnAgent(this.address) : this.#malformed(name, json.why);
    // TypeScript doesn't see that this is the schema of `Name`.
    const schema = answers[name] as Schema<AnswerOf<Name>>;
    const answer = parseBy(schema, json.value);
    if (!answer.ok) throw this.#malformed(name, answer.why);
    const { pid } = answer.value;
    if (by !== undefined && by.pid !== pid) throw this.#malformed(name, `pid must be ${by.pid}, got ${pid}`);
    // A process in a container knows only the pid that it has there: that was compared, and what is shown is the one here.
    return this.#pid === undefined ? answer.value : { ...answer.value, pid: this.#pid };
  }

  #malformed(name: EndpointName, why: string): NopsError {
    return new NopsError(
      'no-answer',
      `the agent’s answer to ${name} is malformed: ${why}`,
      'Its version may be another one than that of this nops: nops version <pid> shows both. Or it is no agent at all.',
    );
  }

  /** The bytes that the endpoint answers: a gzipped profile, or JSON where `params` ask for that. */
  async download(
    name: keyof typeof maxDownloadBytes,
    params: Record<string, number | string>,
    options: CallOptions,
  ): Promise<Buffer> {
    const { body } = await this.#ask(name, params, { ...options, maxBytes: maxDownloadBytes[name] });
    const isGzip = body[0] === 0x1f && body[1] === 0x8b; // RFC 1952
    if (!isGzip && body[0] !== openingBrace) throw notAnAgent(this.address);
    return body;
  }

  async #ask(
    name: EndpointName,
    params: Record<string, number | string>,
    options: CallOptions & { maxBytes: number },
  ): Promise<ExchangeResponse> {
    const { method, path } = endpoints[name];
    const query = new URLSearchParams(
      Object.entries(params).map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
    const response = await exchange(this.address, {
      method,
      path: query === '' ? path : `${path}?${query}`,
      json: options.body,
      deadlineMs: options.deadlineMs ?? deadlineMs,
      maxBytes: options.maxBytes,
      signal: this.#signal,
    }).catch(error => orEnded(error, this.#pid));
    if (response.status < 200 || response.status > 299) throw refusal(this.address, response, this.#pid);
    return response;
  }
}

const codesByStatus: Record<number, ErrorCode> = {
  400: 'usage',
  401: 'no-permission',
  403: 'no-permission',
  500: 'impossible',
  501: 'impossible',
  429: 'no-answer',
  503: 'no-answer',
  504: 'no-answer',
};

/** The error in an answer: as JSON from the agent's own endpoints, as text from those of pprof. */
function refusal(address: AgentAddress, { status, body }: ExchangeResponse, pid: number | undefined): NopsError {
  if (status === requestTimeoutStatus && body.length === 0) return notHeard(address);
  const json = boundedJson(body);
  const told = json.ok ? fromErrorBody(json.value) : undefined;
  const code = told?.code ?? codesByStatus[status];
  if (code === undefined) return notAnAgent(address);
  const text = json.ok ? '' : body.toString('utf8', 0, maxRefusalLength).trim();
  const message =
    told?.message.slice(0, maxRefusalLength) ?? (text === '' ? `the agent refused with HTTP status ${status}` : text);
  const next = told?.next?.slice(0, maxRefusalLength) ?? nextStep(code, address, pid);
  return new NopsError(code, message, pid === undefined ? next : next?.replaceAll('<target>', String(pid)));
}

/** What to try after a refusal that does not say it, as those in pprof's text. */
function nextStep(code: ErrorCode, address: AgentAddress, pid: number | undefined): string | undefined {
  if (code === 'no-permission') return tokenHint(address);
  if (code === 'no-answer') return `nops stack ${pid ?? '<pid>'}   shows what the process is stuck in`;
  return undefined;
}

function tokenHint(address: AgentAddress): string | undefined {
  if (address.kind === 'unix') return undefined;
  return 'Give the agent’s token with --token or NOPS_TOKEN; nops <pid>, run beside the process, prints it in the pprof URL.';
}
