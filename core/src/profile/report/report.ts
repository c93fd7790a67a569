/** A report on a profile, as the result that is printed. */

import type { PprofResult } from '../../protocol/pprof-results.js';
import { printable, safeJson } from '../../units/printable.js';
import { toCollapsed } from '../formats/to-collapsed.js';
import { toCpuProfile } from '../formats/to-cpuprofile.js';
import { toFirefox } from '../formats/to-firefox.js';
import { toHeapProfile } from '../formats/to-heapprofile.js';
import { toSpeedscope } from '../formats/to-speedscope.js';
import { goRegExp } from '../go-regexp.js';
import { removeLabel } from '../labels.js';
import type { OriginalOf } from '../map-places.js';
import type { Profile } from '../model.js';
import { printableProfile } from '../printable-profile.js';
import { isDrawn, type ReportConfig, type ReportName } from './config.js';
import { dotText } from './dot.js';
import { drawGraph } from './drawing.js';
import { listRoutines, type ReadSource } from './listing.js';
import { baseLabel, type Prepared, prepareReport } from './prepare.js';
import { rawText } from './raw.js';
import { outputUnit, profileLabels, reportLabels, valueFormat } from './scale-values.js';
import { svgText } from './svg.js';
import { tagTotals, topRows, traces, treeNodes } from './tables.js';
import { trimmedGraph } from './trim.js';
import { trimFiles } from './trim-path.js';

/** `symbol`: the expression of peek and list. `originalOf` is for list alone: the other reports are Go's. */
export function makeReport(
  profile: Profile,
  report: ReportName,
  symbol: string | undefined,
  config: ReportConfig,
  read: ReadSource,
  originalOf?: OriginalOf,
): { result: PprofResult; prepared: Prepared } {
  if (symbol !== undefined) goRegExp(symbol, report);
  const prepared = prepareReport(profile, report, config, report === 'list' ? originalOf : undefined);
  const { typeName, sampleUnit, total, warnings } = prepared;
  const head = {
    schema: 'nops.pprof/1' as const,
    report,
    notes: warnings,
    sampleType: typeName,
    sampleUnit,
    divideBy: config.divide_by,
    total,
  };
  const { unit, ...content } = body(prepared, symbol, read);
  return { result: { ...head, unit, ...content }, prepared };
}

type Body = Pick<PprofResult, 'labels' | 'unit' | 'rows' | 'nodes' | 'traces' | 'tags' | 'routines' | 'text'>;

function body(prepared: Prepared, symbol: string | undefined, read: ReadSource): Body {
  const { report, config, profile, type, typeName } = prepared;
  const { unit } = config;
  const plain = { labels: profileLabels(prepared, valueFormat(prepared, unit)), unit };
  switch (report) {
    case 'traces':
      return { ...plain, traces: traces(prepared) };
    case 'tags':
      return { ...plain, tags: tagTotals(prepared) };
    case 'list':
      return { ...plain, routines: listRoutines(withTrimmedFiles(prepared), symbol ?? '', read) };
    case 'comments':
      return { ...plain, text: profile.comments.map(comment => `${printable(comment)}\n`).join('') };
    case 'raw':
      return { ...plain, text: rawText(printableProfile(profile)) };
    case 'collapsed':
      return { ...plain, text: toCollapsed(removeLabel(profile, baseLabel.key), type) };
    case 'proto':
    case 'flame.html':
      return plain;
    case 'cpuprofile':
      return { ...plain, text: safeJson(toCpuProfile(chosen(prepared))) };
    case 'heapprofile':
      return { ...plain, text: safeJson(toHeapProfile(chosen(prepared))) };
    case 'speedscope':
      return { ...plain, text: safeJson(toSpeedscope(chosen(prepared), typeName)) };
    case 'firefox':
      return { ...plain, text: safeJson(toFirefox(chosen(prepared), typeName)) };
    default:
      return graphBody(prepared, symbol);
  }
}

/** With the sample type of the report as its default. */
function chosen({ profile, type }: Prepared): Profile {
  return { ...profile, defaultSampleType: profile.sampleTypes[type]?.type ?? '' };
}

/** As in Go, in reports that are made of a graph. */
function withTrimmedFiles(prepared: Prepared): Prepared {
  return { ...prepared, profile: trimFiles(prepared.profile, prepared.config) };
}

function graphBody(given: Prepared, symbol: string | undefined): Body {
  const trimmedFiles = withTrimmedFiles(given);
  // What is drawn is one text; the other reports are data, made printable when they are formatted.
  const prepared = isDrawn(given.report)
    ? { ...trimmedFiles, profile: printableProfile(trimmedFiles.profile) }
    : trimmedFiles;
  const trimmed = trimmedGraph(prepared);
  const unit = outputUnit(prepared, trimmed.nodes);
  const format = valueFormat(prepared, unit);
  const labels = reportLabels(prepared, trimmed, format);
  const { report } = prepared;
  if (isDrawn(report)) {
    const drawing = drawGraph(trimmed.nodes, labels, prepared, format);
    return { labels, unit, text: report === 'dot' ? dotText(drawing) : svgText(drawing) };
  }
  if (report === 'tree' || report === 'peek') return { labels, unit, nodes: treeNodes(trimmed.nodes, symbol) };
  return { labels, unit, rows: topRows(trimmed.nodes) };
}
