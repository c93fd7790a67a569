/** `nops completion`: a script for the shell, drawn from the table of commands; and the targets that it asks for. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Command } from '../command-line/command.js';
import { nearest } from '../command-line/nearest.js';

interface CompletionResult {
  schema: 'nops.completion/1';
  shell: string;
  /** The script; for `targets` a target on each line. */
  text: string;
}

const shells = ['bash', 'zsh', 'fish'] as const;

export const completion: Command<CompletionResult> = {
  usage: 'bash | zsh | fish',
  examples: [
    ['source <(nops completion bash)', 'in ~/.bashrc'],
    ['source <(nops completion zsh)', 'in ~/.zshrc, after compinit'],
    ['nops completion fish | source', 'in ~/.config/fish/config.fish'],
  ],
  options: {},
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const [word = ''] = args.positionals;
    if (word === 'targets') {
      const { listTargets } = await import('../completion/targets.js');
      return { schema: 'nops.completion/1', shell: word, text: listTargets(context.environment.folder) };
    }
    const shell = shells.find(known => known === word);
    if (shell === undefined) throw unknownShell(word);
    const [{ describeCommands }, { scripts }] = await Promise.all([
      import('../completion/described.js'),
      import('../completion/scripts.js'),
    ]);
    return { schema: 'nops.completion/1', shell, text: scripts[shell](await describeCommands(context.commands)) };
  },
  shown: { text: 'lines' },
  print: ({ text }) => text,
};

function unknownShell(word: string): NopsError {
  const meant = nearest(word, shells);
  return new NopsError(
    'usage',
    `there is no completion for ${JSON.stringify(word)}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    'nops completion bash, zsh or fish',
  );
}
