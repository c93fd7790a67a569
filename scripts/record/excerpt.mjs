// The lines of a recording that tell the story, as a section of the README.

/** What is shown of each command: the lines that match, and at most so many. @type {Record<string, { keep: RegExp, most: number }>} */
const slowSteps = {
  'nops list': { keep: /^ *PID|upstream|feed-service/, most: 3 },
  'nops stats': { keep: /^(requests|event loop|CPU)/, most: 4 },
  'nops cpu': { keep: /^ *(FLAT|[\d.]+ [mµ]?s)/, most: 5 },
  'nops sockets': { keep: /^(PEER|127)/, most: 3 },
  'nops pools': { keep: /^(POOL|https?-)/, most: 2 },
  'nops set': { keep: /→/, most: 1 },
};
const stuckSteps = { 'nops stack': { keep: /^(main| {4})/, most: 6 } };

/** @param {string} slow @param {string} stuck */
export function excerpt(slow, stuck) {
  return [
    'Requests pile up, one core is full, and the upstream is idle:\n',
    `\`\`\`\n${[...choose(slow, slowSteps), table(slow)].join('\n\n')}\n\`\`\`\n`,
    'And a process that answers nobody any more, because a handler reads a FIFO whose writer stalls:\n',
    `\`\`\`\n${choose(stuck, stuckSteps).join('\n\n')}\n\`\`\`\n`,
  ].join('\n');
}

/** Each command once, as often as it is wanted. @param {string} text @param {Record<string, { keep: RegExp, most: number }>} steps */
function choose(text, steps) {
  const runs = text.split(/^\$ /m).slice(1);
  return Object.entries(steps).map(([command, { keep, most }]) => {
    const run = runs.find(one => one.startsWith(command));
    if (run === undefined) throw new Error(`the demo did not run ${command}`);
    const [line = '', ...output] = run.split('\n');
    const kept = output.filter(one => keep.test(one)).slice(0, most);
    return [`$ ${line}`, ...kept].map(one => one.trimEnd()).join('\n');
  });
}

/** The table before and after. @param {string} text */
function table(text) {
  return text.slice(text.search(/^ +before +after$/m)).trimEnd();
}
