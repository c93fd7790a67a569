/**
 * One task of the bench in a process of its own, so that its time and memory are its own: `task.js <who> <what> <file> [<file>]`. The
 * first lines of its report are printed, so that nothing can be left out as unused.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { decodeProfile } from '@nops/core/profile/decode';
import { encodeProfile } from '@nops/core/profile/encode';
import { filterByName } from '@nops/core/profile/filter-by-name';
import { merge } from '@nops/core/profile/merge';
import type { Profile } from '@nops/core/profile/model';
import { topEntries } from '@nops/core/profile/top';
import * as peer from 'pprof-format';
import { peerTop } from './peer-top.js';

const [who = '', what = '', ...files] = process.argv.slice(2);

const tasks: Record<string, Record<string, () => unknown>> = {
  nops: {
    decode: () => read()[0]?.stacks.length,
    'decode and top': () => read().map(profile => topEntries(profile, { limit: 10 }).entries),
    'decode, focus and top': () =>
      read().map(profile => topEntries(filterByName(profile, { focus: /function77/ }).profile, { limit: 10 }).entries),
    'decode and encode': () => read().map(profile => write(encodeProfile(profile))),
    'decode two, merge, encode': () => write(encodeProfile(merge(read()))),
  },
  'pprof-format': {
    decode: () => peer.Profile.decode(readFileSync(files[0] ?? '')).sample.length,
    'decode and top': () => peerTop(peer.Profile.decode(readFileSync(files[0] ?? '')), 10),
    'decode and encode': () => write(peer.Profile.decode(readFileSync(files[0] ?? '')).encode()),
  },
};

console.log(JSON.stringify(tasks[who]?.[what]?.())?.slice(0, 200));

function read(): Profile[] {
  return files.map(file => decodeProfile(readFileSync(file)));
}

function write(bytes: Uint8Array): number {
  writeFileSync('/dev/null', bytes);
  return bytes.length;
}
