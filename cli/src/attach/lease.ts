/** Keeps an agent that was attached for a command, by a request that stays open: however we end, the kernel ends it too. */

import { type RequestOptions, request } from 'node:http';
import { endpoints } from '@nops/core/protocol/endpoints';
import { NopsError } from '@nops/core/protocol/errors';
import type { AgentAddress, UnixAddress } from '../agent/address.js';
import { unixOptions } from '../agent/exchange.js';

/** The returned function lets go of it. Throws a NopsError when another process listens there. */
export function holdLease(address: AgentAddress): () => void {
  // Only what runs on this machine is attached.
  if (address.kind !== 'unix') return () => {};
  const options = optionsFor(address);
  if (options === undefined) return () => {};
  const { method, path } = endpoints.lease;
  const held = request({ ...options, method, path });
  held.on('error', () => {}); // it is gone: what is asked of it next says so
  held.on('response', response => response.resume());
  held.on('socket', socket => socket.unref());
  held.end();
  return () => held.destroy();
}

/** undefined when it is gone: what is asked of it next says so. */
function optionsFor(address: UnixAddress): RequestOptions | undefined {
  try {
    return unixOptions(address, {});
  } catch (error) {
    if (error instanceof NopsError) throw error;
    return undefined;
  }
}
