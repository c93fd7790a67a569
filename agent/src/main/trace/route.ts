/** Paths without what differs from request to request: with ids in them each request would be a group of its own. */

/** The path without its query, and with `:id` for what looks like one: numbers, UUIDs, long hexadecimals, long words with digits. */
export function pathOf(url = '/'): string {
  const known = paths.get(url);
  if (known !== undefined) return known;
  const path = url.split(/[?#]/, 1)[0] ?? '/';
  const named = path.slice(0, 200).replace(/[^/]+/g, segment => (isId(segment) ? ':id' : segment));
  if (paths.size >= maxPaths) paths.clear();
  paths.set(url, named);
  return named;
}

/** The latest, since most requests are for the same few. */
const paths = new Map<string, string>();
const maxPaths = 1000;

function isId(segment: string): boolean {
  return (
    /^\d+$/.test(segment) ||
    /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(segment) ||
    /^[\da-f]{12,}$/i.test(segment) ||
    (segment.length > 20 && /\d/.test(segment))
  );
}
