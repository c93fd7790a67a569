/** Profiles, traces and snapshots in which everything that can be called something has a hostile name. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { encodeProfile } from '@nops/core/profile/encode';
import { toCpuProfile } from '@nops/core/profile/formats/to-cpuprofile';
import { toSpeedscope } from '@nops/core/profile/formats/to-speedscope';
import type { Profile } from '@nops/core/profile/model';
import { forged, hostileName, hostileText } from './hostile.js';

function hostileProfile(): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: `a${hostileText}`, unit: hostileText },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    periodType: { type: hostileText, unit: hostileText },
    period: 1,
    timeNanos: 1n,
    durationNanos: 1e9,
    comments: [hostileText],
  });
  // A half of a pair is in no URL.
  const file = join('/nowhere', hostileText.replaceAll('\ud800', ''));
  const locations = ['root', 'leaf'].map(name => {
    const functionId = builder.functionId(`${name}${hostileText}`, file, 1);
    return builder.locationId([{ functionId, line: 3, column: 2 }]);
  });
  for (const value of [1e7, 2e7]) {
    const labels = [
      { key: hostileText, text: hostileText },
      { key: 'bytes', number: 4096n, unit: hostileText },
    ];
    builder.addSample(locations.toReversed(), [1, value], labels);
  }
  const profile = builder.build();
  const mapping = { start: 1n, limit: 2n, offset: 0n, file: hostileText, buildId: hostileText };
  const has = { hasFunctions: true, hasFilenames: true, hasLineNumbers: true, hasInlineFrames: true };
  return { ...profile, mappings: [{ ...mapping, ...has }] };
}

/** In V8's format; the name of its file is hostile as well. */
export interface HostileFiles {
  profile: string;
  cpuprofile: string;
  all: string[];
}

export function writeHostileFiles(folder: string): HostileFiles {
  const profile = hostileProfile();
  const write = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const source = write('source.js', `${hostileText}\n`.repeat(5));
  const cpu = toCpuProfile(profile);
  const files = {
    profile: write(`${hostileName}.pb.gz`, gzipSync(encodeProfile(profile))),
    cpuprofile: write('hostile.cpuprofile', JSON.stringify(cpu)),
  };
  const others = [
    write('hostile.collapsed', `root;${hostileText.replaceAll(/[\r\n]/g, ' ')};leaf 5\n`),
    write('hostile.speedscope.json', JSON.stringify(toSpeedscope(profile, hostileText))),
    write(
      'listed.pb.gz',
      gzipSync(encodeProfile({ ...profile, functionFiles: profile.functionFiles.map(() => source) })),
    ),
    write('damaged.pb.gz', Buffer.concat([gzipSync(encodeProfile(profile)).subarray(0, 60), Buffer.from(forged)])),
  ];
  return { ...files, all: [files.profile, files.cpuprofile, ...others] };
}
