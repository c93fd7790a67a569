/** Where profiles come from: a file, standard input, a target's agent, or a URL. */

import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type DecodeLimits, decodeProfile } from '@nops/core/profile/decode';
import type { Profile } from '@nops/core/profile/model';
import { NopsError } from '@nops/core/protocol/errors';
import type { Context } from '../context.js';
import { agentLimits, maxAgentProfileBytes } from '../record/profile-file.js';
import { parseTarget } from '../target/parse.js';
import { readBytes } from './read-bytes.js';

/** A small file can unpack to anything. */
const maxUnpackedBytes = 1024 ** 3;
const maxDownloadBytes = 512 * 1024 ** 2;
/** Stopping a profiler takes time that grows with what it recorded. */
const stopMs = 30_000;
/** Go's: a minute where nobody says how long it takes. */
const patienceMs = 65_000;
const defaultSeconds = 5;

export interface Timing {
  /** How long to record; undefined: 5 seconds, or as long as the server of a URL does by itself. */
  seconds?: number | undefined;
  /** How long a URL may take; undefined: half as long again as it records, and some time besides. */
  timeoutSeconds?: number | undefined;
}

/** A source as it was read. */
export interface Content {
  source: string;
  /** Not compressed. */
  bytes: Buffer;
  /** Parsed, where it is JSON. */
  json: unknown;
  /** From a URL or a target, and kept nowhere. */
  isRemote: boolean;
  limits: DecodeLimits;
}

export async function loadProfile(context: Context, source: string, timing: Timing = {}): Promise<Profile> {
  return profileOf(await loadContent(context, source, timing));
}

export async function loadContent(context: Context, source: string, timing: Timing = {}): Promise<Content> {
  const { bytes: given, isRemote, limits, maxBytes } = await load(context, source, timing);
  const isGzip = given[0] === 0x1f && given[1] === 0x8b; // RFC 1952
  return told(source, async () => {
    const bytes = isGzip ? await unpack(given, maxBytes) : given;
    return { source, bytes, json: isJson(bytes, source) ? parseJson(bytes) : undefined, isRemote, limits };
  });
}

export function profileOf({ source, bytes, json, limits }: Content): Promise<Profile> {
  return told(source, async () => {
    if (isCollapsed(source))
      return (await import('@nops/core/profile/formats/from-collapsed')).fromCollapsed(bytes.toString('utf8'));
    if (json === undefined) return decodeProfile(bytes, limits);
    return (await import('@nops/core/profile/formats/from-json')).fromJson(json);
  });
}

/** Refusals name the source. */
async function told<Result>(source: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof NopsError)) throw error;
    throw new NopsError(
      error.code,
      `${source}: ${error.message}`,
      error.next ?? 'nops cpu <pid> -o cpu.pb.gz   records one',
    );
  }
}

function isCollapsed(source: string): boolean {
  return /\.(?:collapsed|folded)(?:\.gz)?$/.test(source);
}

/** No profile in the pprof format begins with a brace or bracket: it would be field 15 or 11 of the wire type 3, which there is not. */
function isJson([first]: Buffer, source: string): boolean {
  return (first === 0x7b || first === 0x5b) && !isCollapsed(source);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new NopsError('usage', `its JSON is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Loaded extends Pick<Content, 'isRemote' | 'limits'> {
  bytes: Buffer;
  /** That it may unpack to. */
  maxBytes: number;
}

/** What the user names, with bounds that a machine can bear; an agent's may be a liar's. */
const ofUser = { limits: {}, maxBytes: maxUnpackedBytes };
const ofAgent = { limits: agentLimits, maxBytes: maxAgentProfileBytes };

async function load(context: Context, source: string, timing: Timing): Promise<Loaded> {
  if (source === '-' || statSync(source, { throwIfNoEntry: false }) !== undefined)
    return { bytes: await readBytes(source, context.signal), isRemote: false, ...ofUser };
  if (/^https?:\/\/[^/]+\/./i.test(source))
    return { bytes: await download(context, source, timing), isRemote: true, ...ofUser };
  if (/[./]/.test(source) && !/^[^/]+\/heap$|:/.test(source)) {
    throw new NopsError(
      'usage',
      `there is no file ${source}`,
      'A source is a file, a target (<pid>, <name>, <host>:<port>), <target>/heap, or the URL of a profile.',
    );
  }
  return { bytes: await record(context, source, timing.seconds ?? defaultSeconds), isRemote: true, ...ofAgent };
}

/** Any server's profile, as Go's net/http/pprof serves them. */
async function download(context: Context, source: string, { seconds, timeoutSeconds }: Timing): Promise<Buffer> {
  const url = new URL(source);
  const target = parseTarget(source);
  if (target.kind !== 'tcp') throw new NopsError('usage', `${source} is no URL`);
  if (seconds !== undefined) url.searchParams.set('seconds', String(seconds));
  const asked = Number(url.searchParams.get('seconds') ?? Number.NaN);
  const expectedMs = asked > 0 ? asked * 1500 + stopMs : patienceMs;
  const deadlineMs = timeoutSeconds === undefined ? expectedMs : timeoutSeconds * 1000;
  const { exchange } = await import('../agent/exchange.js');
  const { showAddress } = await import('../agent/address.js');
  const progress = context.progress('profiling', asked > 0 ? asked * 1000 : patienceMs);
  const { status, body } = await exchange(
    { ...target, token: target.token ?? context.token },
    {
      method: 'GET',
      path: url.pathname + url.search,
      json: undefined,
      deadlineMs,
      maxBytes: maxDownloadBytes,
      signal: context.signal,
    },
  ).finally(() => progress.stop());
  if (status >= 200 && status <= 299) return body;
  const why = body.toString('utf8', 0, 1000).trim();
  throw new NopsError(
    status === 401 || status === 403 ? 'no-permission' : 'impossible',
    `${showAddress(target)}${url.pathname} answered ${status}${why === '' ? '' : `: ${why}`}`,
    'The profiles of an agent and of Go’s net/http/pprof are below /debug/pprof/.',
  );
}

/** `<target>/heap` is its heap, everything else its CPU. */
async function record(context: Context, source: string, seconds: number): Promise<Buffer> {
  const heap = source.endsWith('/heap');
  const [{ resolveTarget }, { recordProfile }] = await Promise.all([
    import('../target/resolve.js'),
    import('../record/record-profile.js'),
  ]);
  const target = await resolveTarget(context, heap ? source.slice(0, -'/heap'.length) : source.replace(/\/$/, ''));
  const { bytes } = await recordProfile(context, target, { kind: heap ? 'heap' : 'cpu', seconds });
  return bytes;
}

async function unpack(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('usage', `its compressed data is damaged or too large: ${why}`);
  }
}
