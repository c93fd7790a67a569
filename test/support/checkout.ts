/** A git checkout of a folder, made by git itself. */

import { execFileSync } from 'node:child_process';

export interface Checkout {
  commit: string;
  git(...args: string[]): string;
}

/** Commits what is in `folder`. */
export function checkOut(folder: string): Checkout {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=n', '-c', 'user.email=e@e', ...args], { encoding: 'utf8' });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return { commit: git('rev-parse', 'HEAD').trim(), git };
}
