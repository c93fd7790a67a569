// `npm run record`: runs both stories of the demo for real, and writes what they print to docs/recording.txt, the lines of it that matter
// to the README between its markers, and screenshots of the page with the recorded profile to docs/images/. Needs Chromium.

import fs from 'node:fs';
import path from 'node:path';
import { excerpt } from './record/excerpt.mjs';
import { takeScreenshots } from './record/screenshots.mjs';
import { startDemo } from './record/story.mjs';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

await setupOrExit({ browser: true });

const begin = '<!-- recording: written by npm run record -->';
const end = '<!-- end of the recording -->';

const slow = startDemo('no-reuse');
const pageUrl = await slow.said(/^The CPU profile from before the change: (\S+)$/m);
await takeScreenshots(pageUrl, path.join(root, 'docs', 'images'));
const slowText = await slow.end();

const stuck = startDemo('sync-read');
await stuck.said(/^(The service) \(pid/m);
const stuckText = await stuck.end();

const heads = ['$ npm run demo', '$ npm run demo -- --fault sync-read'];
fs.writeFileSync(
  path.join(root, 'docs', 'recording.txt'),
  `${heads[0]}\n${slowText}\n\n${heads[1]}\n${stuckText}\n`.replace(/[ \t]+$/gm, ''),
);

const readme = path.join(root, 'README.md');
const [before = '', rest = ''] = fs.readFileSync(readme, 'utf8').split(begin);
const after = rest.split(end)[1];
if (after === undefined) throw new Error(`README.md has no ${begin} … ${end}`);
fs.writeFileSync(readme, `${before}${begin}\n\n${excerpt(slowText, stuckText)}\n${end}${after}`);
console.log('record: wrote docs/recording.txt, docs/images/ and the README’s excerpt');
