/** What Tab offers in the shell: commands and settings for the first word, functions for the others. Pure. */

import { builtIns } from './help.js';
import { shellReports } from './parse.js';
import { choiceNames, settingNames } from './settings.js';

const maxOffered = 100;

/** The words that the last one of `line` may become, and that word. */
export function complete(
  line: string,
  functions: readonly string[],
  sampleTypes: readonly string[],
): { words: string[]; last: string } {
  const words = line.split(/\s+/);
  const last = words.at(-1) ?? '';
  const named = [...shellReports.keys(), ...Object.keys(builtIns), ...settingNames, ...choiceNames];
  const isHelp = words[0] === 'help' && words.length === 2;
  if (words.length <= 1 || isHelp) {
    const all = new Set(isHelp ? named : [...named, ...sampleTypes]);
    return { words: [...all].filter(word => word.startsWith(last)).toSorted(), last };
  }
  const [, command = ''] = /^([a-z.]+?)\d*$/.exec(words[0] ?? '') ?? [];
  if (!shellReports.has(command) || command === 'tags' || last === '') return { words: [], last };
  const sign = last.startsWith('-') ? '-' : '';
  const wanted = last.slice(sign.length);
  const found = functions.filter(name => name.startsWith(wanted));
  const matching = found.length > 0 ? found : functions.filter(name => name.includes(wanted));
  return { words: matching.slice(0, maxOffered).map(name => sign + name), last };
}
