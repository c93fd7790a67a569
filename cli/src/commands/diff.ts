/** `nops diff`: what changed between two profiles, how sure that is, and an exit code for CI. */

import { formatMeasured } from '@nops/core/profile/measurement';
import { NopsError } from '@nops/core/protocol/errors';
import type { DiffResult, DiffRow, DiffSide } from '@nops/core/protocol/pprof-results';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { type Column, formatTable } from '../output/table.js';
import { crossed, formatConfidence, parseThreshold } from '../pprof/threshold.js';

const printedRows = 20;
/** One run of a hundred with nothing changed may fail. */
const defaultConfidence = 0.99;

export const diff: Command<DiffResult> = {
  usage: "<before> <after> [--fail-if 'cum > +5%']",
  examples: [
    ['nops diff old.pb.gz new.pb.gz', 'shares of the total, function by function'],
    ["nops diff main.pb.gz branch.pb.gz --fail-if 'cum > +5%'", 'exit code 1 when one grew by more than 5 points'],
    ['nops diff monday.pb.gz 4242', 'with what process 4242 does now'],
  ],
  options: {
    'fail-if': {
      type: 'string',
      value: '<condition>',
      description:
        "exit with 1 when a function's share grew by more: 'cum > +5%' or 'flat > +5%', in percentage points",
    },
    confidence: {
      type: 'string',
      value: '<0-1>',
      description: `how sure --fail-if must be that it is no accident, default ${defaultConfidence}`,
    },
    sample_index: { type: 'string', value: '<type>', description: 'sample type to compare, by name or number' },
  },
  takes: { min: 2, max: 2 },
  async run(context, args) {
    const condition = args.text('fail-if');
    const confidence = parseConfidence(args);
    const threshold = condition === undefined ? undefined : parseThreshold(condition, confidence);
    const [{ loadProfile }, { combine }, { compareProfiles }, { commonUnits, compatibilizeSampleTypes }] =
      await Promise.all([
        import('../pprof/sources.js'),
        import('../pprof/combine.js'),
        import('@nops/core/profile/compare'),
        import('@nops/core/profile/compatibilize'),
      ]);
    const [beforeName = '', afterName = ''] = args.positionals;
    const both = await Promise.all([beforeName, afterName].map(source => loadProfile(context, source)));
    const [before, after] = commonUnits(compatibilizeSampleTypes(both)).map(profile => combine([profile], undefined));
    if (before === undefined || after === undefined) throw new Error('two profiles were loaded');
    const compared = compareProfiles(before, after, args.text('sample_index') ?? '');
    const { type, unit } = compared.type;
    const untold = compared.before.samples === null || compared.after.samples === null;
    return {
      schema: 'nops.diff/1',
      notes: untold
        ? ['The profiles do not tell how many samples they are of, so how sure a change is is not known.']
        : [],
      sampleType: type,
      sampleUnit: unit,
      before: { name: beforeName, ...compared.before },
      after: { name: afterName, ...compared.after },
      rows: compared.rows,
      failed: threshold === undefined ? null : crossed(compared.rows, threshold),
    };
  },
  exit: ({ failed }) => (failed !== null && failed.length > 0 ? 1 : 0),
  print(result, output) {
    const { before, after, rows, failed, notes, sampleType, sampleUnit } = result;
    const side = ({ name, total, samples }: DiffSide) =>
      `${name}: ${formatMeasured(total, sampleUnit, 'auto')}${samples === null ? '' : ` in ${samples} samples`}\n`;
    const shown = rows.slice(0, printedRows).filter(row => row.cumPoints !== 0 || row.flatPoints !== 0);
    const gate =
      failed === null
        ? ''
        : failed.length === 0
          ? '\nnothing grew by more than --fail-if allows\n'
          : `\nmore than --fail-if allows:\n${failed.map(line => `  ${line}\n`).join('')}`;
    return [
      `Type: ${sampleType}\nbefore: ${side(before)}after: ${side(after)}\n`,
      shown.length === 0 ? 'no function changed its share\n' : formatTable(columns, shown.map(cells), output),
      gate,
      ...notes.map(note => `${output.colors.dim(`note: ${note}`)}\n`),
    ].join('');
  },
};

const columns: Column[] = [
  { head: 'CUM POINTS', align: 'right' },
  { head: 'SURE', align: 'right' },
  { head: 'FLAT POINTS', align: 'right' },
  { head: 'SURE', align: 'right' },
  { head: 'FUNCTION', cut: 'end' },
];

function cells(row: DiffRow): string[] {
  const points = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
  const sure = (value: number | null) => (value === null ? '?' : formatConfidence(value));
  return [
    points(row.cumPoints),
    sure(row.cumConfidence),
    points(row.flatPoints),
    sure(row.flatConfidence),
    row.function,
  ];
}

function parseConfidence(args: Args): number {
  const text = args.text('confidence');
  if (text === undefined) return defaultConfidence;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new NopsError('usage', `--confidence must be at least 0 and less than 1: ${JSON.stringify(text)}`);
}
