/** What `help` says in the shell, from the descriptions that the command line has. */

import { NopsError } from '@nops/core/protocol/errors';
import { pprofOptions } from '../options.js';
import { shellReports } from './parse.js';
import { choiceNames, settingNames } from './settings.js';

export const builtIns: Record<string, string> = {
  options: 'list the settings and their values; also o',
  help: 'this list, or what one command or setting is for',
  quit: 'leave; also q, exit, Ctrl-D',
};

const ofReports = '[N] [<focus>]… [-<ignore>]… [-cum] [> <file>]';

/** Throws `usage` for a topic that is none. */
export function shellHelp(topic: string): string {
  if (topic === '') return all();
  const said = builtIns[topic] ?? pprofOptions[topic]?.description ?? (topic === 'trim' ? trim : undefined);
  if (said === undefined || !(topic in builtIns || known(topic)))
    throw new NopsError('usage', `Unknown command: ${topic}`);
  if (!shellReports.has(topic)) return `${topic}: ${said}\n`;
  const symbol = topic === 'peek' || topic === 'list' ? ' <regexp>' : '';
  return `${topic}: ${said}\n  Usage: ${topic}${symbol} ${ofReports}\n`;
}

const trim = 'leave out what is small, as nodefraction, edgefraction and nodecount say; the default';

function known(name: string): boolean {
  return shellReports.has(name) || settingNames.includes(name) || choiceNames.includes(name);
}

function all(): string {
  const row = (name: string, text: string) => `    ${name.padEnd(20)} ${text}\n`;
  const describe = (name: string) => row(name, name === 'trim' ? trim : (pprofOptions[name]?.description ?? ''));
  const settings = settingNames.filter(name => name !== 'granularity' && name !== 'sort').toSorted();
  return [
    '  Commands:\n',
    ...[...shellReports.keys()].toSorted().map(describe),
    ...Object.entries(builtIns).map(([name, text]) => row(name, text)),
    '\n  Settings, as focus=main or lines:\n',
    ...settings.map(describe),
    '\n  Of these one at a time:\n',
    ...choiceNames.map(describe),
    row(':', 'clears focus, ignore, hide, tagfocus and tagignore'),
    row('<sample type>', 'shows values of that type: the same as sample_index=<type>'),
  ].join('');
}
