// Who may import whom, as data. `check-imports.mjs` holds every import of every TypeScript file to it, type-only ones included.

/**
 * `from` is a folder; a file belongs to the longest one that holds it. `may` lists what its files import: other rules' folders (their own
 * is always allowed), `node:*` for Node's modules, the names of npm packages, `npm:*` for every package that the nearest package.json
 * declares, `*` for anything; `only` narrows a folder of another package to these public names.
 * @typedef {{ from: string, may: string[], only?: string[], isProgram?: boolean, because: string }} ImportRule
 */

/** @type {ImportRule[]} */
export const importRules = [
  {
    from: 'core/src',
    may: [],
    because:
      'core is pure: the same code runs in the target, in the terminal and in the browser, so it knows no node:* and no DOM',
  },
  {
    from: 'core/src/protocol/schemas',
    may: ['core/src', 'valibot'],
    because:
      'core is pure, and the schemas of answers are as pure with Valibot, which needs nothing and which no target ever loads',
  },
  {
    from: 'probe/src',
    may: ['core/src', 'node:*', 'npm:*'],
    because: 'probe looks at a process for whoever asks; it must not know who that is',
  },
  {
    from: 'agent/src',
    may: ['agent/src/main', 'agent/src/messages', 'core/src', 'probe/src', 'node:*', 'npm:*'],
    because:
      'the agent’s entries run on the thread of the app they watch; the worker is started by its path, never loaded there',
  },
  {
    from: 'agent/src/main',
    may: ['agent/src', 'agent/src/messages', 'core/src', 'probe/src', 'node:*', 'npm:*'],
    because: 'the app’s thread and the agent’s own share messages and nothing else',
  },
  {
    from: 'agent/src/worker',
    may: ['agent/src/messages', 'core/src', 'probe/src', 'node:*', 'npm:*'],
    because: 'the app’s thread and the agent’s own share messages and nothing else',
  },
  {
    from: 'agent/src/messages',
    may: ['core/src'],
    because: 'both threads load the messages, so they are plain data',
  },
  {
    from: 'cli/src',
    may: ['core/src', 'core/src/protocol/schemas', 'probe/src', 'node:*', 'npm:*'],
    because: 'the command line talks to an agent over its socket, as every other client does',
  },
  {
    from: 'ui/src',
    may: ['core/src', 'npm:*'],
    because: 'the pages run in a browser, over core alone',
  },
  {
    from: 'examples',
    may: ['agent/src', 'node:*', 'npm:*'],
    only: ['@nops/agent', '@nops/agent/register'],
    // Programs of their own, with no host and no caller.
    isProgram: true,
    because: 'an example shows what a user of the published packages can write',
  },
  { from: 'test', may: ['*'], isProgram: true, because: 'tests look at everything' },
  { from: 'bench', may: ['*'], isProgram: true, because: 'measurements look at everything' },
];

/** The one file of the packages that ends the process, and why there is one. */
export const exitRule = {
  file: 'cli/src/main.ts',
  because:
    'only the command line’s entry ends the process: an agent never exits its host, and a library never its caller',
};

/** The one file of the packages that takes standard output and standard error, to hand them to the writer, and why there is one. */
export const writeRule = {
  file: 'cli/src/main.ts',
  because:
    'all output goes through the writer of cli/src/output/writer.ts, which lets nothing out that steers a terminal; an agent and a library print nothing',
};
