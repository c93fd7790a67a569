/** Values with their units as Go's pprof shows them (its internal/measurement), to the last digit. */

import { fixed, shortest } from './rounding.js';

interface Unit {
  /** As it is shown. */
  name: string;
  aliases: string[];
  /** In the smallest unit of its kind. */
  factor: number;
}

interface Kind {
  units: Unit[];
  /** What a value is shown in that no unit fits, or whose unit is of another kind. */
  fallback: Unit;
}

const unit = (name: string, factor: number, ...aliases: string[]): Unit => ({ name, factor, aliases });

const bytes = unit('B', 1, 'b', 'byte');
const seconds = unit('s', 1e9, 's', 'sec', 'second');
const gcu = unit('GCU', 1, 'gcu');

const kinds: Kind[] = [
  {
    units: [
      bytes,
      unit('kB', 2 ** 10, 'kb', 'kbyte', 'kilobyte'),
      unit('MB', 2 ** 20, 'mb', 'mbyte', 'megabyte'),
      unit('GB', 2 ** 30, 'gb', 'gbyte', 'gigabyte'),
      unit('TB', 2 ** 40, 'tb', 'tbyte', 'terabyte'),
      unit('PB', 2 ** 50, 'pb', 'pbyte', 'petabyte'),
    ],
    fallback: bytes,
  },
  {
    units: [
      unit('ns', 1, 'ns', 'nanosecond'),
      unit('us', 1e3, 'μs', 'us', 'microsecond'),
      unit('ms', 1e6, 'ms', 'millisecond'),
      seconds,
      unit('hrs', 3600e9, 'hour', 'hr'),
    ],
    fallback: seconds,
  },
  {
    units: [
      unit('n*GCU', 1e-9, 'nanogcu'),
      unit('u*GCU', 1e-6, 'microgcu'),
      unit('m*GCU', 1e-3, 'milligcu'),
      gcu,
      unit('k*GCU', 1e3, 'kilogcu'),
      unit('M*GCU', 1e6, 'megagcu'),
      unit('G*GCU', 1e9, 'gigagcu'),
      unit('T*GCU', 1e12, 'teragcu'),
      unit('P*GCU', 1e15, 'petagcu'),
    ],
    fallback: gcu,
  },
];

export interface Measured {
  value: number;
  /** '' for what has none to show, as a count. */
  unit: string;
}

function find(kind: Kind, name: string): Unit | undefined {
  const lower = name.toLowerCase();
  const alias = lower.length > 2 ? lower.replace(/s$/, '') : lower;
  return kind.units.find(({ aliases }) => aliases.includes(alias));
}

/** Whether values of the one unit can be told in the other. */
export function isConvertible(from: string, to: string): boolean {
  return from === to || kinds.some(kind => find(kind, from) !== undefined && find(kind, to) !== undefined);
}

/** `value` of unit `from` in unit `to`; "minimum" and "auto" are the largest unit of which it is at least one. */
export function convert(value: number, from: string, to: string): Measured {
  if (value < 0) {
    const positive = convert(-value, from, to);
    return { ...positive, value: -positive.value };
  }
  for (const kind of kinds) {
    const own = find(kind, from);
    if (own === undefined) continue;
    const base = value * own.factor;
    const shown = (isAutomatic(to) ? largest(kind, base) : find(kind, to)) ?? kind.fallback;
    return { value: base / shown.factor, unit: shown.name };
  }
  return { value, unit: isAutomatic(to) || ['count', 'sample', 'unit'].includes(to) ? '' : to };
}

function isAutomatic(name: string): boolean {
  return name === 'minimum' || name === 'auto';
}

function largest(kind: Kind, base: number): Unit | undefined {
  return kind.units.findLast(({ factor }) => base / factor >= 1);
}

/** With two decimals, unless they are zeros: "1.50s", "12MB", "0". */
export function formatMeasured(value: number, from: string, to: string): string {
  const shown = convert(value, from, to);
  const digits = fixed(shown.value, 2).replace(/\.00$/, '');
  return digits === '0' || digits === '-0' ? '0' : digits + shown.unit;
}

/** `value` of `total`, six characters wide: " 3.14%", "  100%", "0.025%". Never negative, as in Go. */
export function formatPercentage(value: number, total: number): string {
  const percent = total === 0 ? 0 : Math.abs(value / total) * 100;
  if (percent >= 99.95 && percent <= 100.05) return '  100%';
  return `${(percent >= 1 ? fixed(percent, 2) : shortest(percent, 2)).padStart(5)}%`;
}
