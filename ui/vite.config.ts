/**
 * `cli/ui/` from `ui/`, where the published command has it too: one page, its style, its script and the worker's, as files of their own, so
 * that a strict CSP can hold; and all of it as one file.
 */

import { defineConfig } from 'vite';
import { offlinePage } from './offline-page.js';

export default defineConfig({
  base: './',
  publicDir: false,
  build: {
    target: 'es2023',
    // The first ones with light-dark().
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    outDir: '../cli/ui',
    emptyOutDir: true,
    // Nothing inlined: the policy allows no data: scripts and styles. And no script that loads others ahead: there are no others.
    assetsInlineLimit: 0,
    modulePreload: false,
    // The packages in it want to be named wherever it is copied to.
    license: { fileName: 'licenses.md' },
  },
  worker: { format: 'es' },
  plugins: [offlinePage()],
});
