/** Function names as they fit into a box: without the path of a Go package, without packages and arguments of Java, namespaces of C++. */

const goVersion = /\/v(?:[2-9]|[1-9][0-9]+)(?=[./])/;
const patterns = [
  /^(?:[\w\-.]+\/)+([^.]+\..+)/,
  /^(?:[a-z]\w*\.)*([A-Z][\w$]*\.(?:<init>|[a-z][\w$]*(?:\$\d+)?))(?:\(|$)/,
  /^(?:[_a-zA-Z]\w*::)+(_*[A-Z]\w*::~?[_a-zA-Z]\w*(?:<.*>)?)/,
];

export function shortName(name: string): string {
  const plain = name.replace(/^\(anonymous namespace\)::/, '').replace(goVersion, '');
  for (const pattern of patterns) {
    const [, short] = pattern.exec(plain) ?? [];
    if (short !== undefined) return short;
  }
  return plain;
}
