#!/usr/bin/env node
// The committed entry of the `nops` command: npm links a bin only if it exists at install, before anything is built.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('nops: this checkout is not built yet. Run: npm run setup');
  process.exit(2);
}
await import(main.href);
