/** Times and durations as Go prints them. */

/** Go's layout "2006-01-02 15:04:05 MST", in local time. */
export function formatTime(nanos: bigint): string {
  const date = dateOf(nanos);
  return `${day(date)} ${clock(date)} ${zoneName(date)}`;
}

/** Go's Duration.String: "1h2m3.5s", "15ms", "1.5µs". */
export function formatDuration(nanos: number): string {
  if (nanos === 0) return '0s';
  const sign = nanos < 0 ? '-' : '';
  const value = Math.abs(nanos);
  const small = [
    { limit: 1e3, unit: 'ns', factor: 1 },
    { limit: 1e6, unit: 'µs', factor: 1e3 },
    { limit: 1e9, unit: 'ms', factor: 1e6 },
  ].find(({ limit }) => value < limit);
  if (small !== undefined) return `${sign}${value / small.factor}${small.unit}`;
  const seconds = Math.floor(value / 1e9);
  const fraction = String(value % 1e9)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const rest = `${seconds % 60}${fraction === '' ? '' : `.${fraction}`}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return sign + rest;
  const hours = Math.floor(minutes / 60);
  return `${sign}${hours === 0 ? '' : `${hours}h`}${minutes % 60}m${rest}`;
}

/** Go's Time.String: "2006-01-02 15:04:05.999999999 -0700 MST", in local time. */
export function formatInstant(nanos: bigint): string {
  const date = dateOf(nanos);
  const digits = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  return `${day(date)} ${clock(date)}${digits === '' ? '' : `.${digits}`} ${zone} ${zoneName(date)}`;
}

function dateOf(nanos: bigint): Date {
  return new Date(Number(nanos / 1_000_000n));
}

function day(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A zone that has no short name in English is GMT+1, where Go has one of its own for it. */
function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
