// Maps a shared library as `libnode.so` of the folder argv[2], then puts a FIFO in its place, which nobody ever writes to.
const { execFileSync } = require('node:child_process');
const { copyFileSync, readFileSync, rmSync } = require('node:fs');
const { join } = require('node:path');

const path = join(process.argv[2], 'libnode.so');
const [, some] = /\s(\/\S*\/lib(?:m|dl|pthread)[.-]\S*)$/m.exec(readFileSync('/proc/self/maps', 'utf8'));
copyFileSync(some, path);
try {
  process.dlopen({ exports: {} }, path, 0x1001); // RTLD_LAZY | RTLD_NODELETE: it stays, though it is no addon
} catch {
  // "did not self-register"
}
rmSync(path);
execFileSync('mkfifo', [path]);
console.log('ready');
setInterval(() => {}, 1000);
