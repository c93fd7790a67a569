/** One HTTP request to an agent, bounded in time and size. What goes wrong on the way becomes a NopsError. */

import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { type ErrorCode, NopsError } from '@nops/core/protocol/errors';
import {
  answeredByHeader,
  formatProcessName,
  meantForHeader,
  type ProcessName,
  parseProcessName,
} from '@nops/core/protocol/handshake';
import { formatBytes, formatMillis } from '@nops/core/units/format';
import { type AgentAddress, processOf, showAddress, type UnixAddress } from './address.js';
import { dial, notTheirs } from './dial.js';

export interface ExchangeRequest {
  method: 'GET' | 'POST';
  /** Path and query. */
  path: string;
  json: unknown;
  deadlineMs: number;
  maxBytes: number;
  signal: AbortSignal;
}

export interface ExchangeResponse {
  status: number;
  /** The process that answered, as it says; undefined when it does not. */
  by: ProcessName | undefined;
  body: Buffer;
}

/** Of any request: a profile may take 300 s, and half as much to end; a deadline that an agent's figures lead to may be anything. */
const maxDeadlineMs = 3_600_000;

/** Rejects with the signal's reason when it aborts, and with a NopsError when another process answers than the address says. */
export async function exchange(address: AgentAddress, asked: ExchangeRequest): Promise<ExchangeResponse> {
  const late = AbortSignal.timeout(Math.min(asked.deadlineMs, maxDeadlineMs));
  const signal = AbortSignal.any([asked.signal, late]);
  try {
    const content = asked.json === undefined ? undefined : JSON.stringify(asked.json);
    const client = await open(address, {
      ...requestOptions(address, content),
      method: asked.method,
      path: asked.path,
      signal,
    });
    const response = await send(client, content);
    const by = answeredBy(address, response);
    return { status: response.statusCode ?? 0, by, body: await readBody(response, asked.maxBytes) };
  } catch (error) {
    asked.signal.throwIfAborted();
    if (late.aborted) throw tooLate(address, asked.deadlineMs);
    throw error instanceof NopsError ? error : networkError(address, error);
  }
}

/** Of `of`, where that is known: anything else is an error. */
function answeredBy(address: AgentAddress, response: IncomingMessage): ProcessName | undefined {
  const by = parseProcessName(response.headers[answeredByHeader]);
  const of = processOf(address);
  if (of === undefined || (by?.pid === of.nsPid && by.startTime === of.startTime)) return by;
  response.destroy();
  // Node's own answer, before the agent has heard of the request.
  if (by === undefined && response.statusCode === requestTimeoutStatus) throw notHeard(address);
  if (by === undefined) throw notAnAgent(address);
  const expected = formatProcess({ pid: of.nsPid, startTime: of.startTime });
  throw notTheirs(of, `${formatProcess(by)} answered at ${showAddress(address)}, where ${expected} was expected`);
}

function formatProcess({ pid, startTime }: ProcessName): string {
  return `process ${pid} (start time ${startTime})`;
}

function requestOptions(address: AgentAddress, content: string | undefined): RequestOptions {
  const headers: Record<string, string | number> = {};
  if (content !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = Buffer.byteLength(content);
  }
  // No pool: one command asks little, and an idle connection would keep this process alive.
  if (address.kind === 'tcp') {
    if (address.token !== undefined) headers['authorization'] = `Bearer ${address.token}`;
    return { host: address.host, port: address.port, headers, agent: false };
  }
  return unixOptions(address, headers);
}

/** For a request to the agent behind a unix socket. Throws what `dial` throws. */
export function unixOptions(address: UnixAddress, headers: Record<string, string | number>): RequestOptions {
  const { of } = address;
  const socket = dial(address);
  return {
    createConnection: () => socket,
    headers: {
      ...headers,
      host: 'localhost',
      ...(of === undefined ? {} : { [meantForHeader]: formatProcessName({ pid: of.nsPid, startTime: of.startTime }) }),
    },
  };
}

async function open(address: AgentAddress, options: RequestOptions): Promise<ClientRequest> {
  return address.kind === 'tcp' && address.secure ? (await import('node:https')).request(options) : request(options);
}

function send(client: ClientRequest, content: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    client.on('response', resolve);
    client.on('error', reject);
    client.end(content);
  });
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw new NopsError(
        'no-answer',
        `the answer is larger than the ${formatBytes(maxBytes)} that it may have; it was dropped`,
        'Of a profile or trace ask for fewer seconds; anything else no agent makes that large.',
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** HTTP 408 Request Timeout. */
export const requestTimeoutStatus = 408;

/** The agent waits 5 s for a request; one of the two got no CPU time for so long. */
export function notHeard(address: AgentAddress): NopsError {
  return new NopsError(
    'no-answer',
    `the agent at ${showAddress(address)} timed out before it had read the request: this machine or the process is too busy`,
    'Ask again. nops top <pid>   shows what keeps the process busy',
  );
}

function tooLate(address: AgentAddress, deadlineMs: number): NopsError {
  return new NopsError(
    'no-answer',
    `the agent at ${showAddress(address)} did not answer within ${formatMillis(deadlineMs)}`,
    'nops stack <pid>   shows what the process is stuck in',
  );
}

const listProcesses = 'nops   lists the processes and which have an agent';

/** By the error codes of connect(2), getaddrinfo(3) and Node's HTTP parser. */
const networkErrors: Record<string, [ErrorCode, why: string, next: string]> = {
  ENOENT: ['no-target', 'there is no such socket', listProcesses],
  ECONNREFUSED: ['no-target', 'nothing listens there', listProcesses],
  ENOTSOCK: ['no-target', 'it is no socket', listProcesses],
  ENAMETOOLONG: ['usage', 'no path can be that long', listProcesses],
  ENOTFOUND: ['no-target', 'there is no host of this name', listProcesses],
  EAI_AGAIN: ['no-target', 'the name of the host can’t be looked up', listProcesses],
  EACCES: [
    'no-permission',
    'its socket belongs to another user',
    'Run nops as the user of the process, or as root: sudo nops …',
  ],
  EPERM: [
    'no-permission',
    'its socket belongs to another user',
    'Run nops as the user of the process, or as root: sudo nops …',
  ],
  ECONNRESET: ['no-answer', 'it hung up before it had answered', listProcesses],
  EPIPE: ['no-answer', 'it hung up before it had answered', listProcesses],
};

function networkError(address: AgentAddress, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === undefined) return error;
  const known = networkErrors[code];
  const at = `the agent at ${showAddress(address)} can't be asked`;
  if (known !== undefined) return new NopsError(known[0], `${at}: ${known[1]} (${code})`, known[2]);
  if (code.startsWith('HPE_')) return notAnAgent(address);
  const message = error instanceof Error ? error.message : code;
  return new NopsError('no-answer', `${at}: ${message}`, 'Check the address and that the process still runs.');
}

/** Something else listens there. */
export function notAnAgent(address: AgentAddress): NopsError {
  return new NopsError(
    'no-target',
    `what answers at ${showAddress(address)} is no nops agent, or one of a version that this nops does not understand`,
    'nops <pid>   tells the address of its agent, and the versions',
  );
}
