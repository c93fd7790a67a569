/** One opened profile and the queries on it. What a query needs again is kept: the stack tree, and the sample type that is shown. */

import { type FlameLayout, layoutFlame } from '@nops/core/profile/flame-layout';
import { compileSearch, findGroups, matchFlame } from '@nops/core/profile/flame-search';
import { categoryOf, frameCategories } from '@nops/core/profile/frame-category';
import { type FunctionGroups, groupFunctions } from '@nops/core/profile/function-groups';
import { functionTotals } from '@nops/core/profile/function-totals';
import { defaultTypeIndex, type Profile, sampleCount } from '@nops/core/profile/model';
import { mergeStacks, type StackTree, selfValues } from '@nops/core/profile/stack-tree';
import { printable } from '@nops/core/units/printable';
import type { Found, Functions, Listing, Opened, Shown } from './messages.js';

export class Model {
  readonly #profile: Profile;
  readonly #groups: FunctionGroups;
  readonly #tree: StackTree;
  readonly #functions: Functions;
  /** Lower-case text of each function for the table's filter, made when it is first used. */
  #texts: string[] | undefined;
  #shown: Shown | undefined;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.#groups = groupFunctions(profile);
    this.#tree = mergeStacks(profile, this.#groups);
    this.#functions = describeFunctions(profile, this.#groups);
  }

  opened(): Opened {
    const profile = this.#profile;
    return {
      sampleTypes: profile.sampleTypes.map(({ type, unit }) => ({ type: printable(type), unit: printable(unit) })),
      defaultType: defaultTypeIndex(profile),
      samples: sampleCount(profile),
      startedAtMs: Number(profile.timeNanos / 1_000_000n),
      durationMs: profile.durationNanos / 1e6,
      comments: profile.comments.map(printable),
      functions: this.#functions,
    };
  }

  show(type: number): Shown {
    const layout: FlameLayout = layoutFlame(this.#tree, selfValues(this.#profile, this.#tree, type));
    const totals = functionTotals(this.#profile, this.#groups, type);
    this.#shown = { type, unit: this.#profile.sampleTypes[type]?.unit ?? '', layout, ...totals };
    return this.#shown;
  }

  search(text: string): Found | string {
    let expression: RegExp;
    try {
      expression = compileSearch(text);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const { type, layout, totals } = this.#current();
    const groups = findGroups(this.#functions.names, this.#functions.places, expression);
    const functions = groups.reduce((count, found, g) => count + (found === 1 && (totals[g] ?? 0) > 0 ? 1 : 0), 0);
    return { type, groups, functions, matches: matchFlame(layout, groups) };
  }

  list({ sort, descending, filter }: Listing): Uint32Array {
    const { selfs, totals } = this.#current();
    const { names, places } = this.#functions;
    const wanted = filter.toLowerCase();
    this.#texts ??= names.map((name, g) => `${name} ${places[g] ?? ''}`.toLowerCase());
    const texts = this.#texts;
    const groups = Uint32Array.from(names.keys()).filter(g => (totals[g] ?? 0) > 0 && texts[g]?.includes(wanted));
    const column = sort === 'self' ? selfs : totals;
    const direction = descending ? -1 : 1;
    const byTotal = (a: number, b: number) => (totals[b] ?? 0) - (totals[a] ?? 0) || a - b;
    if (sort !== 'name')
      return groups.sort((a, b) => direction * ((column[a] ?? 0) - (column[b] ?? 0)) || byTotal(a, b));
    const compare = new Intl.Collator('en').compare;
    return groups.sort((a, b) => direction * compare(names[a] ?? '', names[b] ?? '') || byTotal(a, b));
  }

  #current(): Shown {
    return this.#shown ?? this.show(defaultTypeIndex(this.#profile));
  }
}

function describeFunctions(profile: Profile, { first }: FunctionGroups): Functions {
  const ids = [...first];
  const files = ids.map(f => profile.functionFiles[f] ?? '');
  return {
    names: ids.map(f => printable(profile.functionNames[f] ?? '') || '(unknown)'),
    places: ids.map((f, g) => placeOf(printable(files[g] ?? ''), profile.functionStartLines[f] ?? 0)),
    categories: Uint8Array.from(files, file => frameCategories.indexOf(categoryOf(file))),
  };
}

function placeOf(file: string, line: number): string {
  return file === '' || line <= 0 ? file : `${file}:${line}`;
}
