/** Asks an agent: endpoints by name, typed answers, errors as the agent meant them. */

import type { AsyncResult } from '@nops/core/protocol/async-results';
import type { LeaseResult } from '@nops/core/protocol/attach-results';
import { type EndpointName, endpoints } from '@nops/core/protocol/endpoints';
import { type ErrorCode, fromErrorBody, NopsError } from '@nops/core/protocol/errors';
import type { GcResult, MemstatsResult, PulseResult, SetgcResult } from '@nops/core/protocol/memory-results';
import type { StopProfileResult } from '@nops/core/protocol/profiling-results';
import type {
  DetachResult,
  FdsResult,
  InfoResult,
  PoolsResult,
  SetResult,
  SocketsResult,
  StackResult,
  StatsResult,
  TunablesResult,
} from '@nops/core/protocol/results';
import type { EndRunResult } from '@nops/core/protocol/run-results';
import type { AgentAddress } from './address.js';
import { orEnded } from './ended.js';
import { type ExchangeResponse, exchange, notAnAgent } from './exchange.js';

interface JsonAnswers {
  async: AsyncResult;
  info: InfoResult;
  stats: StatsResult;
  stack: StackResult;
  stopProfile: StopProfileResult;
  sockets: SocketsResult;
  fds: FdsResult;
  pools: PoolsResult;
  tunables: TunablesResult;
  set: SetResult;
  detach: DetachResult;
  endRun: EndRunResult;
  lease: LeaseResult;
  pulse: PulseResult;
  memstats: MemstatsResult;
  gc: GcResult;
  gcSettings: SetgcResult;
  setgc: SetgcResult;
}

/** Answers whose schema is not called like their endpoint. */
const schemas: Partial<Record<keyof JsonAnswers, string>> = { gcSettings: 'setgc' };

interface CallOptions {
  /** How long the answer may take, the time that is measured included. */
  deadlineMs?: number;
  /** Sent as JSON. */
  body?: unknown;
}

const deadlineMs = 5_000;
const maxJsonBytes = 64 * 1024 ** 2;
const maxProfileBytes = 512 * 1024 ** 2;
const openingBrace = 0x7b;

export class AgentClient {
  readonly address: AgentAddress;
  readonly #signal: AbortSignal;
  readonly #pid: number | undefined;

  /** `pid` is the process's pid here, when known: an agent in a container knows only the one it has there. */
  constructor(address: AgentAddress, signal: AbortSignal, pid?: number) {
    this.address = address;
    this.#signal = signal;
    this.#pid = pid;
  }

  /** The result that the endpoint answers. Throws a NopsError, or the signal's reason when it aborts. */
  async call<Name extends keyof JsonAnswers>(
    name: Name,
    params: Record<string, number | string> = {},
    options: CallOptions = {},
  ): Promise<JsonAnswers[Name]> {
    const { body } = await this.#ask(name, params, { ...options, maxBytes: maxJsonBytes });
    const result = parseJson(body);
    // The schema is the contract: what carries it has the shape.
    if (!hasSchema(result, `nops.${schemas[name] ?? name}/1`)) throw notAnAgent(this.address);
    const answer = result as JsonAnswers[Name];
    return this.#pid === undefined ? answer : { ...answer, pid: this.#pid };
  }

  /** The bytes that the endpoint answers: a gzipped profile, or JSON where `params` ask for that. */
  async download(
    name: 'profile' | 'heap' | 'traceAlias' | 'allocs',
    params: Record<string, number | string>,
    options: CallOptions,
  ): Promise<Buffer> {
    const { body } = await this.#ask(name, params, { ...options, maxBytes: maxProfileBytes });
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
  const parsed = parseJson(body);
  const told = typeof parsed === 'object' && parsed !== null ? fromErrorBody(parsed) : undefined;
  const code = told?.code ?? codesByStatus[status];
  if (code === undefined) return notAnAgent(address);
  const text = parsed === undefined ? body.toString('utf8', 0, 1000).trim() : '';
  const message = told?.message ?? (text === '' ? `the agent refused with HTTP status ${status}` : text);
  const next = told?.next ?? nextStep(code, address, pid);
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

function hasSchema(value: unknown, schema: string): boolean {
  return typeof value === 'object' && value !== null && 'schema' in value && value.schema === schema;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
