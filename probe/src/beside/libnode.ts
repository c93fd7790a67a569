/** Node as a library: Debian's nodejs and programs that embed it. */

import { tryReadText } from './procfs.js';

/** The path, as `pid` sees it, of the libnode it has mapped; undefined when there is none. */
export function libnodePath(pid: number): string | undefined {
  const maps = tryReadText(pid, 'maps') ?? '';
  const at = maps.indexOf('/libnode.so');
  if (at < 0) return undefined;
  const line = maps.slice(maps.lastIndexOf('\n', at) + 1, maps.indexOf('\n', at));
  return line.slice(line.indexOf('/')).replace(/ \(deleted\)$/, '');
}
