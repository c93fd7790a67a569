/** The package that a file belongs to: the innermost one in node_modules, or `node`; '' for code of one's own and for what has no file. */

export function packageOf(file: string): string {
  if (file.startsWith('node:')) return 'node';
  const found = /^.*(?:^|[\\/])node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file);
  return found?.[1]?.replace('\\', '/') ?? '';
}
