/** Where profiles come from: a file, standard input, a target's agent, or a URL. */

import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { Profile } from '@nops/core/profile/model';
import { NopsError } from '@nops/core/protocol/errors';
import type { Context } from '../context.js';
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

/** `seconds`: how long to record; undefined: 5, or as long as the server of a URL does by itself. */
export async function loadProfile(context: Context, source: string, seconds: number | undefined): Promise<Profile> {
  const bytes = await load(context, source, seconds);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b; // RFC 1952
  try {
    const content = isGzip ? await unpack(bytes) : bytes;
    if (/\.(?:collapsed|folded)(?:\.gz)?$/.test(source))
      return (await import('@nops/core/profile/from-collapsed')).fromCollapsed(content.toString('utf8'));
    return content[0] === openingBrace ? await readJson(content) : decodeProfile(content);
  } catch (error) {
    if (!(error instanceof NopsError)) throw error;
    throw new NopsError(error.code, `${source}: ${error.message}`, 'nops cpu <pid> -o cpu.pb.gz   records one');
  }
}

/** No profile in the pprof format begins with it: it would be field 15 of the wire type 3, which there is not. */
const openingBrace = 0x7b;

async function readJson(content: Buffer): Promise<Profile> {
  const { fromJson } = await import('@nops/core/profile/from-json');
  let value: unknown;
  try {
    value = JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw new NopsError('usage', `its JSON is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
  return fromJson(value);
}

async function load(context: Context, source: string, seconds: number | undefined): Promise<Buffer> {
  if (source === '-' || statSync(source, { throwIfNoEntry: false }) !== undefined)
    return readBytes(source, context.signal);
  if (/^https?:\/\/[^/]+\/./i.test(source)) return download(context, source, seconds);
  if (/[./]/.test(source) && !/^[^/]+\/heap$|:/.test(source)) {
    throw new NopsError(
      'usage',
      `there is no file ${source}`,
      'A source is a file, a target (<pid>, <name>, <host>:<port>), <target>/heap, or the URL of a profile.',
    );
  }
  return record(context, source, seconds ?? defaultSeconds);
}

/** Any server's profile, as Go's net/http/pprof serves them. */
async function download(context: Context, source: string, seconds: number | undefined): Promise<Buffer> {
  const url = new URL(source);
  const target = parseTarget(source);
  if (target.kind !== 'tcp') throw new NopsError('usage', `${source} is no URL`);
  if (seconds !== undefined) url.searchParams.set('seconds', String(seconds));
  const asked = Number(url.searchParams.get('seconds') ?? Number.NaN);
  const deadlineMs = asked > 0 ? asked * 1500 + stopMs : patienceMs;
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
    import('../record.js'),
  ]);
  const target = await resolveTarget(context, heap ? source.slice(0, -'/heap'.length) : source.replace(/\/$/, ''));
  const { bytes } = await recordProfile(context, target, { kind: heap ? 'heap' : 'cpu', seconds });
  return bytes;
}

async function unpack(bytes: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxUnpackedBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('usage', `its compressed data is damaged or too large: ${why}`);
  }
}
