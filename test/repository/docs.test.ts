/** What the documents say exists. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { readRoot, root } from './checkout.js';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'docs/tutorial-blocked-read.md',
  'examples/blocked-read/README.md',
];

test('every npm command in the documents is a script of package.json', () => {
  const { scripts } = JSON.parse(readRoot('package.json')) as { scripts: Record<string, string> };
  for (const document of documents) {
    for (const match of readRoot(document).matchAll(/npm (?:run ([\w:-]+)|(test)\b)/g)) {
      const name = match[1] ?? match[2] ?? '';
      assert.ok(name in scripts, `${document} says "${match[0]}"`);
    }
  }
});

test('the README tells the two commands and what else the suite uses', () => {
  for (const said of ['npm run demo', 'npm test', 'golang-go', 'strace']) {
    assert.ok(readRoot('README.md').includes(said), said);
  }
});

test('links between the documents lead somewhere', () => {
  for (const document of documents) {
    for (const match of readRoot(document).matchAll(/\]\((?!https?:)([^)#\s]+)/g)) {
      assert.ok(
        existsSync(path.join(root, path.dirname(document), String(match[1]))),
        `${document} links to ${match[1]}`,
      );
    }
  }
});

test('the recording is a whole one, without what belongs to the machine it was made on', () => {
  const recording = readRoot('docs/recording.txt');
  for (const command of ['list', 'stats', 'stack', 'cpu', 'sockets', 'fds', 'pools', 'set']) {
    assert.match(recording, new RegExp(`^\\$ nops ${command}\\b`, 'm'));
  }
  assert.doesNotMatch(recording, /\/home\/|\/root\/|\/work\/|nops-record-/);
});

test('the licence is the Apache License 2.0', () => {
  assert.match(readRoot('LICENSE'), /Apache License\s+Version 2\.0, January 2004/);
});
