/** An option of the command line, as data. */

/** An option as util.parseArgs takes it, with what the help says about it. */
export interface Option {
  type: 'string' | 'boolean';
  short?: string;
  /** What stands for the value in the help: `<N>`. */
  value?: string;
  description: string;
}

export type Options = Record<string, Option>;
