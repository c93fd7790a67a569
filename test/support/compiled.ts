/** A program in TypeScript as it is deployed: compiled by the repository's own tsc, or bundled and minified by rolldown. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Its types make lines differ from those of the output; a minifier renames both functions. */
export const workSource = `export interface Order {
  id: number;
  total: number;
}

type Cents = number;

/** Spends most of the time. */
export function chargeOrder(order: Order): Cents {
  let cents: Cents = 0;
  for (let i = 0; i < 2e5; i++) {
    cents += Math.sqrt(i * order.total) % 7;
  }
  return cents;
}

export const formatOrder = (order: Order): string => {
  let text = '';
  for (let i = 0; i < 2e3; i++) text += JSON.stringify({ ...order, i });
  return text;
};
`;

const mainSource = `import { chargeOrder, formatOrder } from './work.js';

function takeTurn(): void {
  const cents = chargeOrder({ id: 1, total: 3 });
  if (formatOrder({ id: 2, total: cents }).length === 0) throw new Error('nothing');
}

setInterval(takeTurn, 1);
console.log('ready');
`;

const packageOf = (name: string) => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

export interface Compiled {
  /** What runs. */
  main: string;
  /** The compiled file with `chargeOrder` in it. */
  work: string;
  map: string;
  /** The TypeScript that it is in. */
  source: string;
}

/** Puts the program into `folder`, as a package, and compiles it with tsc and these options besides. */
export function compileWithTsc(folder: string, options: string[] = ['--sourceMap']): Compiled {
  const { main, source } = copySources(folder);
  const typescript = packageOf('typescript');
  const common = ['--target', 'es2022', '--module', 'nodenext', '--skipLibCheck', '--ignoreConfig', '--types', 'node'];
  const folders = ['--outDir', join(folder, 'dist'), '--typeRoots', join(dirname(typescript), '@types')];
  execFileSync(process.execPath, [join(typescript, 'bin/tsc'), main, ...common, ...folders, ...options]);
  const work = join(folder, 'dist/work.js');
  return { main: join(folder, 'dist/main.js'), work, map: `${work}.map`, source };
}

/** The same as one minified file. */
export function bundle(folder: string): Compiled {
  const { main, source } = copySources(folder);
  const work = join(folder, 'dist/bundle.js');
  const options = ['--file', work, '--format', 'esm', '--platform', 'node', '--minify', '--sourcemap'];
  execFileSync(process.execPath, [join(packageOf('rolldown'), 'bin/cli.mjs'), main, ...options], {
    cwd: folder,
    stdio: 'ignore',
  });
  return { main: work, work, map: `${work}.map`, source };
}

/** What a process evaluates to be this program, with costs where V8 found them (see `wellProfiled`). */
export function codeOf({ main }: Compiled): string {
  return `require('node:v8').setFlagsFromString('--no-use-osr'); import(${JSON.stringify(main)});`;
}

/** Puts lines before the code, as build steps do, and makes an index map of its map. */
export function withBanner({ work, map }: Compiled, lines: number): void {
  const banner = Array.from({ length: lines }, (_, i) => `// banner ${i + 1}\n`).join('');
  writeFileSync(work, banner + readFileSync(work, 'utf8'));
  const own = JSON.parse(readFileSync(map, 'utf8'));
  writeFileSync(map, JSON.stringify({ version: 3, sections: [{ offset: { line: lines, column: 0 }, map: own }] }));
}

function copySources(folder: string): { main: string; source: string } {
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/work.ts'), workSource);
  writeFileSync(join(folder, 'src/main.ts'), mainSource);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return { main: join(folder, 'src/main.ts'), source: join(folder, 'src/work.ts') };
}
