/** An app that ends in each of the ways in which apps end, by signals: SIGUSR2 by itself, SIGHUP by process.exit, SIGTERM by a handler of its own. */

export const endings = { 'by itself': 'SIGUSR2', 'process.exit': 'SIGHUP', 'SIGTERM handler': 'SIGTERM' } as const;

export const code = `const server = require('node:http').createServer().listen(0, () => console.log('ready'));
process.on('SIGUSR2', () => server.close());
process.on('SIGHUP', () => process.exit(7));
process.on('SIGTERM', () => server.close(() => process.exit(3)));`;
