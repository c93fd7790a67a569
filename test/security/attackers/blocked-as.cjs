// Waits for ever in the function `waits` of a script that is called argv[2], a path of its choice.
const { runInThisContext } = require('node:vm');

const waits = runInThisContext('(function waits(cell) { Atomics.wait(cell, 0, 0); })', { filename: process.argv[2] });
console.log('ready');
setTimeout(() => waits(new Int32Array(new SharedArrayBuffer(4))), 200);
