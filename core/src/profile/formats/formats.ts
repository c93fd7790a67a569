/** The formats that a profile can be written in, by the name that `format=` of an endpoint and `-format` of a command have for them. */

import { safeJson } from '../../units/printable.js';
import { encodeProfile } from '../encode.js';
import { defaultTypeIndex, type Profile } from '../model.js';
import { defaultConfig, type ReportName } from '../report/config.js';
import { makeReport } from '../report/report.js';
import { formatPprof } from '../report/text.js';
import { toCollapsed } from './to-collapsed.js';
import { toCpuProfile } from './to-cpuprofile.js';
import { toFirefox } from './to-firefox.js';
import { toHeapProfile } from './to-heapprofile.js';
import { toJson } from './to-json.js';
import { toSpeedscope } from './to-speedscope.js';

export interface Format {
  contentType: string;
  /** What files of it end with; without a dot before it. */
  extension: string;
  /** Whether its files are gzipped: what writes them does that. */
  gzip: boolean;
  /** `name` of the profile, where the format has a place for it. Throws `usage` when the format can't hold such a profile. */
  write(profile: Profile, name: string): string | Uint8Array;
}

const text = 'text/plain; charset=utf-8';
const json = 'application/json; charset=utf-8';

const report =
  (which: ReportName) =>
  (profile: Profile): string =>
    formatPprof(makeReport(profile, which, undefined, defaultConfig, () => ({ error: 'no sources' })).result);

export const formats = {
  pb: { contentType: 'application/octet-stream', extension: 'pb.gz', gzip: true, write: encodeProfile },
  json: { contentType: json, extension: 'json', gzip: false, write: profile => safeJson(toJson(profile)) },
  text: { contentType: text, extension: 'txt', gzip: false, write: report('top') },
  markdown: { contentType: text, extension: 'md', gzip: false, write: report('markdown') },
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv', gzip: false, write: report('csv') },
  dot: { contentType: text, extension: 'dot', gzip: false, write: report('dot') },
  collapsed: {
    contentType: text,
    extension: 'collapsed',
    gzip: false,
    write: profile => toCollapsed(profile, defaultTypeIndex(profile)),
  },
  cpuprofile: {
    contentType: json,
    extension: 'cpuprofile',
    gzip: false,
    write: profile => safeJson(toCpuProfile(profile)),
  },
  heapprofile: {
    contentType: json,
    extension: 'heapprofile',
    gzip: false,
    write: profile => safeJson(toHeapProfile(profile)),
  },
  speedscope: {
    contentType: json,
    extension: 'speedscope.json',
    gzip: false,
    write: (profile, name) => safeJson(toSpeedscope(profile, name)),
  },
  firefox: {
    contentType: json,
    extension: 'firefox.json',
    gzip: false,
    write: (profile, name) => safeJson(toFirefox(profile, name)),
  },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats) as FormatName[];
