/** Numbers as people read them: bytes, durations, percents, rates. Pure text, no colour. */

const kilo = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in decimal units with three digits at most: 512 B, 84.5 MB. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < kilo.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : trim(value)} ${kilo[unit]}`;
}

/** A duration given in milliseconds, in the unit that reads best: 250 µs, 4.2 ms, 1.5 s, 2 m 5 s. */
export function formatMillis(ms: number): string {
  const size = Math.abs(ms);
  if (size < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (size < 999.5) return `${trim(ms)} ms`;
  if (size < 120_000) return `${trim(ms / 1000)} s`;
  return formatAge(ms / 1000);
}

/** A long duration given in seconds, in its two largest units: 45 s, 3 m 20 s, 5 h 2 m, 12 d 4 h. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** 0.1234 → 12.3 %. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A difference of shares in percentage points, always of one width: +1.2, −0.3; 0.0 where less than a twentieth has changed. */
export function formatPoints(points: number): string {
  const text = Math.abs(points).toFixed(1);
  return text === '0.0' ? text : `${points < 0 ? '−' : '+'}${text}`;
}

/** A rate or count with at most one decimal. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** 12345.67 → 12,345.7. Not by Intl: the first use of it on a page takes 50 ms, before anything is drawn. */
export function formatCount(value: number): string {
  const [whole = '', part = '0'] = value.toFixed(1).split('.');
  const grouped = whole.replace(/(?<=\d)(?=(?:\d{3})+$)/g, ',');
  return part === '0' ? grouped : `${grouped}.${part}`;
}

/** A moment as the clock on the wall shows it where this runs: 2026-03-09 14:05:07. */
export function formatLocalTime(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function trim(value: number): string {
  const digits = Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0;
  return value.toFixed(digits).replace(/\.0+$|(\.\d*[1-9])0+$/, '$1');
}
