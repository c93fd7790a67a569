/**
 * Which request targets are answered: only those that every reader takes for the same path. A guard in front of us compares the text that the
 * client sent; a URL parser would then turn `/debug/x/../nops/tunables` into another path than the guard saw. So nothing is normalized here:
 * a target that normalizing would change is refused (RFC 3986 section 6, RFC 9112 section 3.2).
 */

export interface RequestTarget {
  path: string;
  /** Without its `?`; empty when there is none. */
  query: string;
}

/** All that paths of ours consist of. None needs percent encoding. */
const segment = /^[\w.~-]*$/;
/** Visible ASCII without what URL parsers encode or cut off. */
const queryText = /^[!$-&(-;=?-~]*$/;

/** The target in origin form; undefined: answer 400. */
export function parseRequestTarget(target: string): RequestTarget | undefined {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  return isPlainPath(path) && queryText.test(query) ? { path, query } : undefined;
}

/** Begins with a slash; no segment is empty but the last one, and none leads anywhere else. */
function isPlainPath(path: string): boolean {
  const [before, ...segments] = path.split('/');
  if (before !== '' || segments.length === 0) return false;
  const last = segments.length - 1;
  return segments.every(
    (text, index) => segment.test(text) && text !== '.' && text !== '..' && (text !== '' || index === last),
  );
}

/** `path` is another spelling of one of `known`: in capitals, or with another slash at its end. */
export function isVariant(path: string, known: Iterable<string>): boolean {
  const plain = fold(path);
  for (const each of known) if (fold(each) === plain && each !== path) return true;
  return false;
}

function fold(path: string): string {
  const lower = path.toLowerCase();
  return lower.endsWith('/') ? lower.slice(0, -1) : lower;
}

/** Encoded once more each time it is passed on: a target is decoded so often at most. */
const maxDecodings = 5;

/**
 * Whether `target` lies in the folder that is called `name`, or some reader may find that it does: decoded, without dot segments, and whatever its case.
 * For a server that has other paths too: those that are surely not ours are not ours to refuse.
 */
export function mayLieIn(target: string, name: string): boolean {
  let text = target;
  for (let times = 0; ; times += 1) {
    if (liesIn(text, name) || liesIn(withoutAuthority(text), name)) return true;
    const decoded = decode(text);
    if (decoded === text || times === maxDecodings) return false;
    text = decoded;
  }
}

/** With its dot segments, or by what is left without them. */
function liesIn(target: string, name: string): boolean {
  const [path = ''] = target.toLowerCase().replaceAll('\\', '/').split(/[?#]/, 1);
  const segments = path.split('/').slice(1);
  const kept: string[] = [];
  for (const each of segments) {
    const [plain = ''] = each.split(';', 1);
    if (plain === '..') kept.pop();
    else if (plain !== '' && plain !== '.') kept.push(plain);
  }
  const first = segments.find(each => each !== '' && each !== '.');
  return segments.length > 1 && (kept[0] === name || first === name);
}

/** `http://host/path` and `//host/path` are `/path` to a URL parser. */
function withoutAuthority(target: string): string {
  const begin = target.search(/\/\/|\\/);
  if (begin < 0 || (target.startsWith('/') && begin > 0)) return target;
  const rest = target.slice(begin).replace(/^[\\/]+/, '');
  const path = rest.search(/[/\\?#]/);
  return path < 0 ? '/' : rest.slice(path);
}

/** Bytes become code units: only those of ASCII matter here. */
function decode(text: string): string {
  return text.replace(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
