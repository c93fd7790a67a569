/** Times and durations as Go prints them. */

/** "Jan 2, 2006 at 3:04pm (MST)", in local time. A zone without a name of its own in English is told as GMT+1. */
export function formatTime(nanos: bigint): string {
  const date = new Date(Number(nanos / 1_000_000n));
  const format = new Intl.DateTimeFormat('en-US', {
    month: 'short',
    day: 'numeric',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  });
  const parts = new Map(format.formatToParts(date).map(({ type, value }) => [type, value]));
  const part = (type: 'hour' | 'minute' | 'dayPeriod' | 'month' | 'day' | 'year' | 'timeZoneName') =>
    parts.get(type) ?? '';
  const clock = `${part('hour')}:${part('minute')}${part('dayPeriod').toLowerCase()}`;
  return `${part('month')} ${part('day')}, ${part('year')} at ${clock} (${part('timeZoneName')})`;
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
  const date = new Date(Number(nanos / 1_000_000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const digits = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const name = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
    .formatToParts(date)
    .find(({ type }) => type === 'timeZoneName')?.value;
  return `${day} ${clock}${digits === '' ? '' : `.${digits}`} ${zone} ${name ?? ''}`;
}
