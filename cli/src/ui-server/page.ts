/** The page of a profile, for every command that shows one: served until Ctrl-C, and opened in the browser when that is asked for. */

import type { Option } from '../command-line/option.js';
import type { Context } from '../context.js';
import type { Output } from '../output/output.js';
import type { Target } from '../target/target.js';
import type { Served } from './app.js';
import { type Recording, servedOf } from './recorded.js';

interface Page {
  /** Valid while the command runs. Whoever has it can read the profile. */
  url: string;
  notes: string[];
}

export const openOption: Option = {
  type: 'boolean',
  description: 'show the profile as a flame graph in the browser, until Ctrl-C',
};

/** `port` 0: any free one. */
export async function servePage(
  context: Context,
  served: Served,
  { port, open }: { port: number; open: boolean },
): Promise<Page> {
  const [{ serve }, { openBrowser }] = await Promise.all([import('./serve.js'), import('./open-browser.js')]);
  context.hold(); // Ctrl-C is how it ends: no failure
  const { url, urlForOnce } = await serve(served, port, context.signal);
  const opened = !open || (await openBrowser(urlForOnce()));
  return { url, notes: opened ? [] : ['No browser could be started: open the address yourself.'] };
}

/** For commands that have written the profile already: on any port, in the browser. */
export async function openProfile(context: Context, target: Target, recording: Recording): Promise<Page> {
  const served = servedOf(target, await target.inShort(), recording);
  return servePage(context, served, { port: 0, open: true });
}

/** The address on a line of its own, and how to end it; nothing without one. */
export function formatPage(url: string | undefined, { colors }: Output): string {
  return url === undefined ? '' : `${url}\n${colors.dim('Ctrl-C ends it.')}\n`;
}
