/**
 * The path under which an app has put the handler, as this request spells it. Express and Connect cut it off in a lenient way: regardless of case,
 * and with a slash too many. A guard that looks at the whole path (`originalUrl`) may not have recognized that.
 */

export interface Mounted {
  url?: string | undefined;
  /** As the client sent it; absent without Express or Connect. */
  originalUrl?: string;
  /** Express's. */
  app?: { enabled?(setting: string): boolean };
}

const segment = /^[\w.~!$&'()*+,=:@-]+$/;

export function hasPlainMount({ url = '', originalUrl, app }: Mounted): boolean {
  if (originalUrl === undefined) return true;
  const mount = originalUrl.endsWith(url) ? originalUrl.slice(0, -url.length) : originalUrl.split('?', 1).join('');
  if (mount === '') return true;
  const [before, ...segments] = mount.replace(/%[\da-fA-F]{2}/g, placeholder).split('/');
  const isPlain = segments.every(text => segment.test(text) && text !== '.' && text !== '..');
  const isLower = segments.every(text => text === text.toLowerCase());
  return before === '' && isPlain && (isLower || app?.enabled?.('case sensitive routing') === true);
}

/** Encodings of what could stand there itself, and of separators, are not plain; those of spaces and of other alphabets are. */
function placeholder(encoded: string): string {
  const code = Number.parseInt(encoded.slice(1), 16);
  return code === 0x20 || code >= 0x80 ? '_' : '%';
}
