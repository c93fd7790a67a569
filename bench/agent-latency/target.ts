/** A process that is idle, or whose JavaScript never comes back to the event loop. */

process.send?.('up');
process.on('disconnect', () => process.exit(0));

if (process.argv[2] === 'spin') setTimeout(spin, 1500);

function spin(): never {
  for (let x = 0; ; x++) Math.sqrt(x);
}
