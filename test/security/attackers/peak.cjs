// Loaded into a nops (`node --require`): leaves in the file PEAK_FILE how much memory it had at most, in kilobytes.

const { writeFileSync } = require('node:fs');

process.on('exit', () => writeFileSync(process.env['PEAK_FILE'] ?? '', String(process.resourceUsage().maxRSS)));
