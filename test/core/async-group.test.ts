/** Stacks that look the same are counted together; frames that are not the app's own give way to those that are. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldFrames, isOwnCode } from '@nops/core/async/fold';
import { groupStacks } from '@nops/core/async/group';
import type { AsyncFrame, AsyncLink } from '@nops/core/protocol/async-results';

/** `link function url`, one frame a line, innermost first. */
function frames(text: string): AsyncFrame[] {
  return text
    .trim()
    .split('\n')
    .map(line => {
      const [link = '', name = '', url = ''] = line.trim().split(' ');
      return { function: name, url, line: 1, column: 1, link: link as AsyncLink };
    });
}

function told(list: readonly AsyncFrame[]): string[] {
  return list.map(({ link, function: name, folded }) => `${link} ${name}${folded === undefined ? '' : ` ${folded}`}`);
}

test('what is the app’s own code', () => {
  const own = (url: string) => isOwnCode({ function: 'f', url, line: 1, column: 1, link: 'await' });
  assert.deepEqual(['/srv/app.js', 'file:///srv/app.mjs', '', 'evalmachine.<anonymous>'].map(own), [
    true,
    true,
    true,
    true,
  ]);
  const foreign = [
    'node:internal/fs/promises',
    '/srv/node_modules/pg/lib/client.js',
    'C:\\srv\\node_modules\\pg\\index.js',
  ];
  assert.deepEqual(foreign.map(own), [false, false, false]);
});

test('of consecutive foreign frames the outermost stays, waiting as the innermost did', () => {
  const folded = foldFrames(
    frames(`then readHandle node:internal/fs/promises
      await readFile node:internal/fs/promises
      await load /srv/app.js
      await query /srv/node_modules/pg/client.js
      all handler /srv/app.js
      race outer node:internal/x`),
  );
  assert.deepEqual(told(folded), ['then readFile 2', 'await load', 'await query', 'all handler', 'race outer']);
  assert.deepEqual(foldFrames([]), []);
});

test('groups: the app’s own first, the stuck before what moves, the most first; differing links are different stacks', () => {
  const app = frames('await inner /srv/app.js\nawait outer /srv/app.js');
  const all = frames('await inner /srv/app.js\nall outer /srv/app.js');
  const node = frames('await read node:internal/x');
  const stack = (list: AsyncFrame[], stuckMs: number, runnable = false) => ({ frames: list, stuckMs, runnable });
  const groups = groupStacks(
    [
      ...Array.from({ length: 9 }, () => stack(node, 300)),
      ...Array.from({ length: 5 }, () => stack(app, 0)),
      stack(app, 0, true),
      ...Array.from({ length: 2 }, () => stack(all, 300)),
      ...Array.from({ length: 3 }, () => stack(frames('await inner /srv/app.js\nawait outer /srv/app.js'), 300)),
    ],
    2,
  );
  assert.deepEqual(
    groups.map(({ count, stuckMs, runnable, examples, frames: list }) => [
      count,
      stuckMs,
      runnable,
      examples.length,
      told(list).join(', '),
    ]),
    [
      [3, 300, false, 2, 'await inner, await outer'],
      [2, 300, false, 2, 'await inner, all outer'],
      [5, 0, false, 2, 'await inner, await outer'],
      [1, 0, true, 1, 'await inner, await outer'],
      [9, 300, false, 2, 'await read'],
    ],
  );
});
