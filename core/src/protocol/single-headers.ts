/** Headers that may come once: of two, one reader takes the first and another the last (RFC 9110 section 5.3). */

const single = new Set([
  'host',
  'origin',
  'authorization',
  'cookie',
  'content-length',
  'content-type',
  'transfer-encoding',
  'sec-fetch-site',
]);

/** The name of the first one that is repeated; `rawHeaders` alternates names and values, as Node gives them. */
export function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!single.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
