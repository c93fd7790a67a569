/** Has processes that do not hear a signal, since their JavaScript runs in circles, do what it says: their agents interrupt them. */

import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAnnouncementName } from '@nops/core/protocol/announcement';
import { boundedJson } from '@nops/core/protocol/bounded-json';
import { NopsError } from '@nops/core/protocol/errors';
import { shape, text } from '@nops/core/protocol/schemas/build';
import { parseBy } from '@nops/core/protocol/schemas/parse';
import { readOwnedFile } from '@nops/probe/beside/safe-files';
import type { UnixAddress } from '../agent/address.js';
import { AgentClient } from '../agent/client.js';

/** `pid`: only that one. Resolves when all have answered, or ended. */
export async function endThroughAgents(
  folder: string,
  signal: 'SIGINT' | 'SIGTERM',
  pid: number | undefined,
): Promise<void> {
  const names = readdirSync(folder).filter(name => /^\d+\.agent$/.test(name));
  const asked = pid === undefined ? names : names.filter(name => name === `${pid}.agent`);
  await Promise.all(asked.map(name => end(join(folder, name), signal)));
}

async function end(file: string, signal: string): Promise<void> {
  const address = addressIn(file);
  if (address === undefined) return;
  const agent = new AgentClient(address, new AbortController().signal);
  await agent.call('endRun', { signal }).catch((error: unknown) => {
    // It has ended before it could answer, or is stuck in a system call: then only SIGKILL ends it.
    if (!(error instanceof NopsError)) throw error;
  });
}

const maxFileBytes = 8192;
const agentFile = shape<{ socketPath: string }>({ socketPath: text });

/**
 * As the process wrote it; undefined for what the preload does not write. The file and the socket are named after the process, which has its
 * own number where it is in another pid namespace.
 */
function addressIn(file: string): UnixAddress | undefined {
  const uid = process.geteuid?.() ?? 0;
  const json = boundedJson(Buffer.from(readOwnedFile(file, uid, maxFileBytes) ?? ''));
  const parsed = json.ok ? parseBy(agentFile, json.value) : json;
  if (!parsed.ok) return undefined;
  const { socketPath: path } = parsed.value;
  const name = parseAnnouncementName(basename(path));
  if (name === undefined || basename(file) !== `${name.pid}.agent`) return undefined;
  return { kind: 'unix', path, of: { nsPid: name.pid, startTime: name.startTime, uid } };
}
