/**
 * A plugin of the build: `offline.html`, the same page as one file, with a place for a profile. Script and style stand in it, and the policy
 * allows them by their hashes; the worker's code is text, which the page starts a worker from. Nothing else may be loaded.
 */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

export function offlinePage(): Plugin {
  return {
    name: 'offline-page',
    writeBundle({ dir = '' }, bundle) {
      const names = Object.keys(bundle);
      const find = (ending: RegExp) => {
        const name = names.find(each => ending.test(each));
        if (name === undefined) throw new Error(`the build made no file like ${ending}`);
        return readFileSync(join(dir, name), 'utf8');
      };
      const script = find(/assets\/index-.*\.js$/);
      const worker = find(/assets\/main-.*\.js$/);
      const style = find(/\.css$/);
      writeFileSync(join(dir, 'offline.html'), inline(find(/^index\.html$/), { script, worker, style }));
    },
  };
}

function inline(page: string, code: Record<'script' | 'worker' | 'style', string>): string {
  // What would end the element that it stands in; in strings and expressions of scripts the backslash changes nothing.
  const script = code.script.replace(/<\/script/gi, '<\\/script');
  const worker = code.worker.replace(/<\/script/gi, '<\\/script');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(code.style)}`,
    'img-src data:',
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return page
    .replace(/\s*<script type="module"[^>]*><\/script>/, '')
    .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${code.style}</style>`)
    .replace(
      /<meta charset="utf-8" \/>/,
      all => `${all}\n    <meta http-equiv="content-security-policy" content="${policy}" />`,
    )
    .replace(
      '</body>',
      () =>
        `  <!-- profile -->\n    <script type="text/plain" id="nops-worker">${worker}</script>\n` +
        `    <script type="module">${script}</script>\n  </body>`,
    );
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
