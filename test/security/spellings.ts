/** Other spellings of a path that some reader, of a URL or of an app's routes, takes for it. */

/** How one character can be written. */
const encode = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
const dots = ['..', '%2e%2e', '%2E%2e', '.%2e', '%2e.', '%252e%252e', '..;', '..;x=1'];
const slashes = ['/', '%2f', '%2F', '\\', '%5c', '%5C', '%252f', '//'];

/** `path` is `/debug/<group>/<name>`; the query is left to the caller. None of these is `path` itself. */
export function spellingsOf(path: string): string[] {
  const [, , group = '', name = ''] = path.split('/');
  const around = slashes.flatMap(slash => [
    ...dots.map(dot => `/debug/pprof${slash}${dot}${slash}${group}/${name}`),
    ...dots.map(dot => `/debug/x${slash}${dot}${slash}${group}${slash}${name}`),
    `/debug${slash}.${slash}${group}/${name}`,
    `/debug${slash}%2e${slash}${group}/${name}`,
    `/debug/${group}${slash}.${slash}${name}`,
    `/debug/${group}${slash}x${slash}..${slash}${name}`,
  ]);
  const joined = slashes
    .filter(slash => slash !== '/')
    .flatMap(slash => [
      `/debug${slash}${group}/${name}`,
      `/debug/${group}${slash}${name}`,
      `/debug${slash}${group}${slash}${name}`,
    ]);
  const cased = [
    `/debug/${group.toUpperCase()}/${name}`,
    `/debug/${group}/${name.toUpperCase()}`,
    `/DEBUG/${group}/${name}`,
    `/Debug/${group}/${name}`,
  ];
  const encoded = [
    `/${encode('d')}ebug/${group}/${name}`,
    `/debug/${encode(group.charAt(0))}${group.slice(1)}/${name}`,
    `/debug/${group}/${encode(name.charAt(0))}${name.slice(1)}`,
    `/debug/${group}/%${encode(name.charAt(0)).replace('%', '25')}${name.slice(1)}`,
    `/debug/${group}/${[...name].map(encode).join('')}`,
  ];
  const ends = [
    '/',
    '//',
    '/.',
    '/..',
    '%2f',
    '%00',
    '%20',
    '%09',
    '.',
    '..',
    ';',
    ';x=1',
    '%3b',
    '#',
    '#x',
    '%23',
    '%3f',
  ]
    .filter(end => end !== '/..')
    .map(end => `/debug/${group}/${name}${end}`);
  const foreign = ['\x80', '\xe9', '\xff', '\xad', '\xa0'].flatMap(byte => [
    `/debug/${group}/${name}${byte}`,
    `/debug/${byte}/../${group}/${name}`,
  ]);
  return [...new Set([...around, ...joined, ...cased, ...encoded, ...ends, ...foreign])].filter(each => each !== path);
}
