/** The command line against a table of options, strictly: what is unknown is refused, with what may have been meant. */

import { parseArgs } from 'node:util';
import { NopsError } from '@nops/core/protocol/errors';
import { nearest } from './nearest.js';
import type { Option, Options } from './option.js';

/** Arguments that have been checked against a command's options. */
export class Args {
  readonly positionals: string[];
  readonly #values: ReadonlyMap<string, string | true>;
  readonly #all: ReadonlyMap<string, string[]>;

  /** `all`: what options that were given several times had each time. */
  constructor(
    values: ReadonlyMap<string, string | true>,
    positionals: string[],
    all: ReadonlyMap<string, string[]> = new Map(),
  ) {
    this.#values = values;
    this.#all = all;
    this.positionals = positionals;
  }

  flag(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === true ? undefined : value;
  }

  /** Every value of an option that may be given several times. */
  texts(name: string): string[] {
    return this.#all.get(name) ?? [];
  }

  /** The same options with other arguments, and some options replaced. */
  with(positionals: string[], values: Record<string, string> = {}): Args {
    return new Args(new Map([...this.#values, ...Object.entries(values)]), positionals, this.#all);
  }
}

/** Throws a `usage` error that names the option; `help` is the command to look it up with. */
export function parseCommandLine(argv: string[], options: Options, help: string): Args {
  const values = new Map<string, string | true>();
  const all = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokensOf(argv, options)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, token.name, options, help);
    const value = checkValue(option, token, help);
    values.set(token.name, value);
    if (value !== true) all.set(token.name, [...(all.get(token.name) ?? []), value]);
  }
  return new Args(values, positionals, all);
}

/** Where in `argv` the first argument stands that is neither one of `options` nor the value of one; -1: nowhere. */
export function firstPositional(argv: string[], options: Options): number {
  return tokensOf(argv, options).find(token => token.kind === 'positional')?.index ?? -1;
}

/** Whether one of these options is given at all, whatever else is. */
export function hasOption(argv: string[], options: Options, names: string[]): boolean {
  return tokensOf(argv, options).some(token => token.kind === 'option' && names.includes(token.name));
}

/** A long name may have one dash, as Go's options have: `-top`, `-focus=main`. Short options that are run together never spell one. */
function tokensOf(argv: string[], options: Options) {
  const end = argv.indexOf('--');
  const args = argv.map((arg, index) => {
    if (end !== -1 && index > end) return arg;
    const [, name = ''] = /^-([a-z][a-z_.]+)(?:=|$)/.exec(arg) ?? [];
    return Object.hasOwn(options, name) ? `-${arg}` : arg;
  });
  return parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

interface OptionToken {
  rawName: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

function checkValue(option: Option, token: OptionToken, help: string): string | true {
  if (option.type === 'boolean') {
    if (token.value === undefined) return true;
    throw new NopsError('usage', `option ${token.rawName} takes no value`, help);
  }
  const missing = token.value === undefined || token.value === '' || (!token.inlineValue && /^-./.test(token.value));
  if (token.value !== undefined && !missing) return token.value;
  throw new NopsError('usage', `option ${token.rawName} needs a value: ${option.value ?? '<value>'}`, help);
}

function unknownOption(raw: string, name: string, options: Options, help: string): NopsError {
  const meant = raw.startsWith('--') ? nearest(name, Object.keys(options)) : undefined;
  return new NopsError(
    'usage',
    `unknown option ${raw}${meant === undefined ? '' : `; did you mean --${meant}?`}`,
    help,
  );
}
