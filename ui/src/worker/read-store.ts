/**
 * A profile of any format that is known → SampleStore. V8's CPU profiles are read as they arrive, and may be larger than a string; the
 * pprof format is decoded from its bytes.
 */

import { decodeProfile } from '@nops/core/profile/decode';
import { fromCollapsed } from '@nops/core/profile/formats/from-collapsed';
import { fromJson } from '@nops/core/profile/formats/from-json';
import { joinStores } from '@nops/core/profile/query/join-stores';
import { CpuProfileScanner } from '@nops/core/profile/query/scan-cpuprofile';
import type { SampleStore } from '@nops/core/profile/query/store';
import { storeOfCpuProfile } from '@nops/core/profile/query/store-of-cpuprofile';
import { storeOfProfile } from '@nops/core/profile/query/store-of-profile';
import { NopsError } from '@nops/core/protocol/errors';
import type { Input, OpenFile } from './open-file.js';

/** What has to be in memory as a whole: of the pprof format the bytes, of others their text and all its objects. */
const maxWholeBytes = {
  pprof: 1024 ** 3,
  json: 256 * 1024 ** 2,
  collapsed: 256 * 1024 ** 2,
};

/** `base`: what it is compared with. Throws a NopsError that says what the file is instead. */
export async function readStore(file: OpenFile, base: OpenFile | undefined): Promise<SampleStore> {
  const store = await readOne(file);
  return base === undefined ? store : joinStores(await readOne(base), store);
}

async function readOne({ kind, input }: OpenFile): Promise<SampleStore> {
  switch (kind) {
    case 'cpuprofile':
      return readCpuProfile(input);
    case 'pprof':
      return storeOfProfile(decodeProfile(await input.whole(maxWholeBytes.pprof)));
    case 'json':
      return storeOfProfile(fromJson(parseJson(await input.text(maxWholeBytes.json))));
    case 'collapsed':
      return storeOfProfile(fromCollapsed(await input.text(maxWholeBytes.collapsed)));
    case 'heapsnapshot':
      throw new NopsError('usage', 'a profile and a heap snapshot can’t be compared', 'Choose two of the same kind.');
    default:
      throw new NopsError(
        'usage',
        (await input.head()).length === 0 ? 'the file is empty' : 'this is no profile of a format that is known here',
        'pprof, .cpuprofile, .heapprofile, .heapsnapshot, Chrome traces, files of speedscope and the Firefox Profiler, and collapsed stacks are.',
      );
  }
}

async function readCpuProfile(input: Input): Promise<SampleStore> {
  const scanner = new CpuProfileScanner();
  try {
    for await (const chunk of input.chunks()) scanner.write(chunk);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new NopsError('usage', `this CPU profile is damaged: ${error.message}`, 'Copy or record it again.');
  }
  return storeOfCpuProfile(scanner.finish());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('usage', `its JSON is damaged: ${why}`, 'Copy or record it again.');
  }
}
