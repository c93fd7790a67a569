/** Function names as they fit into a box: without the path of a Go package, without packages and arguments of Java, namespaces of C++. */

const goVersion = /\/v(?:[2-9]|[1-9][0-9]+)(?=[./])/;
const patterns = [
  /^(?:[a-z]\w*\.)*([A-Z][\w$]*\.(?:<init>|[a-z][\w$]*(?:\$\d+)?))(?:\(|$)/,
  /^(?:[_a-zA-Z]\w*::)+(_*[A-Z]\w*::~?[_a-zA-Z]\w*(?:<.*>)?)/,
];

export function shortName(name: string): string {
  const plain = name.replace(/^\(anonymous namespace\)::/, '').replace(goVersion, '');
  const ofGo = withoutFolders(plain);
  if (ofGo !== undefined) return ofGo;
  for (const pattern of patterns) {
    const [, short] = pattern.exec(plain) ?? [];
    if (short !== undefined) return short;
  }
  return plain;
}

/**
 * What follows the folders of a Go package's path: `example.com/a/b.(*T).M` is `b.(*T).M`. The longest path goes after which there is something, a
 * dot and more; undefined when there is none. As `^(?:[\w\-.]+\/)+([^.]+\..+)`, in one pass: a name may be long.
 */
function withoutFolders(name: string): string | undefined {
  const starts: number[] = [];
  for (let start = 0, at = 0; at < name.length; at++) {
    if (name[at] === '/') {
      if (at === start) break; // an empty folder
      start = at + 1;
      starts.push(start);
    } else if (!isInFolder(name.charCodeAt(at))) break;
  }
  let dot = -1;
  let end = name.length;
  for (const start of starts.reverse()) {
    const earlier = name.slice(start, end).indexOf('.');
    if (earlier >= 0) dot = start + earlier;
    end = start;
    const after = name[dot + 1];
    if (dot > start && after !== undefined && !isLineEnd(after)) return firstLine(name, start, dot);
  }
  return undefined;
}

/** A letter, digit or `_`, `-`, `.`. */
function isInFolder(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d ||
    code === 0x2e
  );
}

/** Up to the end of the line that the dot is in. */
function firstLine(name: string, start: number, dot: number): string {
  let end = dot + 1;
  while (end < name.length && !isLineEnd(name.charAt(end))) end++;
  return name.slice(start, end);
}

/** What a dot of a regular expression does not match. */
function isLineEnd(character: string): boolean {
  return character === '\n' || character === '\r' || character === '\u2028' || character === '\u2029';
}
