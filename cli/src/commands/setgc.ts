/** `nops setgc`: changes the limits of V8's heap that a running process can change, and says which it can't. */

import type { GcGrowth, SetgcRequest, SetgcResult } from '@nops/core/protocol/memory-results';
import { parseWhole } from '@nops/core/protocol/parameters';
import { formatBytes } from '@nops/core/units/format';
import { setgcSeconds } from '../bounds.js';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { attachPatience } from '../command-line/options.js';
import { type Field, formatFields } from '../output/fields.js';
import { formatFooter } from '../output/footer.js';
import { refuseFixed } from '../setgc-fixed.js';
import { resolveTarget } from '../target/resolve.js';

const percents = { min: 1, max: 1000, fallback: 0 };
const snapshots = { min: 1, max: 10, fallback: 1 };

export const setgc: Command<SetgcResult> = {
  usage: '<target> [<percent> | auto] [snapshots=<N>] [-s <N>]',
  examples: [
    ['nops setgc 4242', 'what can be changed while it runs, and what can’t'],
    ['nops setgc 4242 50', 'collect in full when the heap has grown by 50 %, as GOGC=50: less memory, more CPU'],
    ['nops setgc 4242 50 -s 10', 'and see how it collects, for 10 seconds before and after'],
    ['nops setgc 4242 auto', 'let V8 decide again'],
    ['nops setgc 4242 snapshots=1', 'write a heap snapshot before it runs out of heap'],
  ],
  patience: attachPatience,
  options: {
    seconds: {
      type: 'string',
      short: 's',
      value: '<N>',
      description: `seconds to see how V8 collects, ${setgcSeconds.min} to ${setgcSeconds.max}, default ${setgcSeconds.fallback}`,
    },
  },
  takes: { min: 1, max: 3 },
  async run(context, args) {
    const seconds = parseWhole('--seconds', args.text('seconds'), setgcSeconds);
    const request = parseRequest(args);
    const target = await resolveTarget(context, args.positionals[0]);
    return target.setgc(request, { seconds });
  },
  print: (result, output) =>
    [
      result.changes.map(({ name, old, new: now }) => `${name} set to ${show(now)}, was ${show(old)}\n`).join(''),
      result.changes.length === 0 ? '' : '\n',
      formatFields(fieldsOf(result), output),
      formatFooter(result, output),
    ].join(''),
};

/** undefined: nothing is to be changed. */
function parseRequest({ positionals }: Args): SetgcRequest | undefined {
  const words = positionals.slice(1);
  if (words.length === 0) return undefined;
  return Object.assign({}, ...words.map(parseWord)) as SetgcRequest;
}

/** `50`, `50%`, `auto`, or `name=value`. */
function parseWord(word: string): SetgcRequest {
  const [, name = 'growing', value = word] = /^-{0,2}([a-z][\w-]*)=(.*)$/i.exec(word) ?? [];
  const key = name.replaceAll('_', '-').toLowerCase();
  if (key === 'snapshots') return { snapshotsNearLimit: parseWhole(name, value, snapshots) };
  if (!['growing', 'growingpercent', 'heap-growing-percent'].includes(key)) throw refuseFixed(key);
  if (value === 'auto') return { growingPercent: null };
  if (value === 'off') throw refuseFixed('off');
  return { growingPercent: parseWhole('percent', value.replace(/%$/, ''), percents) };
}

function show(value: number | null): string {
  return value === null ? 'auto' : String(value);
}

function fieldsOf({ settings, fixed, observed }: SetgcResult): Field[] {
  const growing =
    settings.growingPercent === null
      ? 'auto: V8 decides by how fast the app allocates'
      : `${settings.growingPercent} % of heap growth until the next full collection`;
  return [
    ['growing percent', growing],
    ['snapshots', `${settings.snapshotsNearLimit ?? 'none'} when the heap is nearly full`],
    ['collects', observed?.after == null ? describeGrowth(observed?.before ?? null) : undefined],
    ['before', observed?.after == null ? undefined : describeGrowth(observed.before)],
    ['after', describeGrowth(observed?.after ?? null)],
    ...fixed.map(({ name, value, how }): Field => {
      const now = value === null ? '' : `${formatBytes(value)}, `;
      return [name, `${now}can't change while it runs: ${how}`];
    }),
  ];
}

function describeGrowth(growth: GcGrowth | null): string | undefined {
  if (growth === null) return undefined;
  const { fullCollections, seconds: took, growthPercent } = growth;
  const grew = growthPercent === null ? '' : `, the heap grew by ${growthPercent.toFixed(0)} % in between`;
  return `${fullCollections} full collections in ${took.toFixed(1)} s${grew}`;
}
