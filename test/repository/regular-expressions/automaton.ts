/**
 * The positions automaton of a JavaScript regular expression (Glushkov): a state for each character class in it, an edge for each way that a
 * backtracking matcher may take from one to the next. Two edges between the same states are two ways. What a matcher refuses later is not
 * known here, so there are rather too many ways than too few.
 */

import { type AST, RegExpParser } from '@eslint-community/regexpp';

export interface Automaton {
  /** By state: which of the alphabet's classes it takes, as bits. */
  takes: bigint[];
  edges: number[][];
  /** States that only wait for a match to begin. */
  waiting: number;
  /** In these the whole has matched, whatever follows. */
  accepting: ReadonlySet<number>;
  /** Why it is not described. */
  unknown: string | undefined;
}

/** What must hold between two characters. */
const textStart = 1;
const textEnd = 2;
const lineStart = 4;
const lineEnd = 8;
const boundary = 16;
const noBoundary = 32;

interface Step {
  state: number;
  condition: number;
}

interface Part {
  first: Step[];
  last: Step[];
  /** The conditions under which it may match nothing. */
  empty: number[];
}

const maxStates = 1500;
const others = ['ſ', 'K', 'Ω', '中', '\u2028', '\u3000', '\ufeff', '\ud83d', '\ude00'];
const samples = [...Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code)), ...others];

export function automatonOf(source: string, flags: string): Automaton {
  const mode = { unicode: flags.includes('u'), unicodeSets: flags.includes('v') };
  const pattern = new RegExpParser().parsePattern(source, undefined, undefined, mode);
  return new Builder(source, flags).build(pattern);
}

class Builder {
  readonly #takes: bigint[] = [];
  readonly #edges: number[][] = [];
  readonly #flags: string;
  readonly #splitsWords: boolean;
  readonly #letters: string[];
  readonly #byRaw = new Map<string, bigint>();
  readonly #words: bigint;
  readonly #newline: bigint;
  #unknown: string | undefined;

  constructor(source: string, flags: string) {
    this.#flags = flags;
    this.#splitsWords = /\\[bB]/.test(source);
    this.#letters = [...new Set([...samples, ...source])].filter(letter => letter.length === 1);
    this.#words = this.#mask('\\w');
    this.#newline = this.#mask('\\n');
  }

  build(pattern: AST.Pattern): Automaton {
    const all = this.#mask('[^]');
    const parts = this.#flags.includes('y') ? [] : [this.#newline, all & ~this.#newline];
    const waits = parts.flatMap(mask => this.#leaf(mask).first);
    for (const from of waits) for (const to of waits) this.#edge(from, to);
    const waiting = this.#takes.length;
    const { first, last } = this.#alternatives(pattern.alternatives);
    for (const from of waits) for (const to of first) this.#edge(from, to);
    const accepting = new Set(last.flatMap(({ state, condition }) => (condition === 0 ? [state] : [])));
    return { takes: this.#takes, edges: this.#edges, waiting, accepting, unknown: this.#unknown };
  }

  #mask(raw: string): bigint {
    const known = this.#byRaw.get(raw);
    if (known !== undefined) return known;
    const one = new RegExp(`^(?:${raw})$`, this.#flags.replace(/[^iusv]/g, ''));
    let mask = 0n;
    for (const [index, letter] of this.#letters.entries()) if (one.test(letter)) mask |= 1n << BigInt(index);
    this.#byRaw.set(raw, mask);
    return mask;
  }

  #leaf(mask: bigint): Part {
    const masks = this.#splitsWords ? [mask & this.#words, mask & ~this.#words] : [mask];
    const steps = masks.flatMap(each => {
      if (each === 0n) return [];
      if (this.#takes.length >= maxStates) throw new Error(`it has more than ${maxStates} states`);
      this.#edges.push([]);
      return [{ state: this.#takes.push(each) - 1, condition: 0 }];
    });
    return { first: steps, last: steps, empty: [] };
  }

  /** Unless no text can fulfil what stands between the two. */
  #edge(from: Step, to: Step): void {
    const condition = from.condition | to.condition;
    const [before = 0n, after = 0n] = [this.#takes[from.state], this.#takes[to.state]];
    if ((condition & (textStart | textEnd)) !== 0) return;
    if ((condition & lineStart) !== 0 && (before & this.#newline) === 0n) return;
    if ((condition & lineEnd) !== 0 && (after & this.#newline) === 0n) return;
    const isBoundary = ((before & this.#words) !== 0n) !== ((after & this.#words) !== 0n);
    if ((condition & boundary) !== 0 && !isBoundary) return;
    if ((condition & noBoundary) !== 0 && isBoundary) return;
    this.#edges[from.state]?.push(to.state);
  }

  #alternatives(alternatives: AST.Alternative[]): Part {
    const parts = alternatives.map(({ elements }) => this.#sequence(elements.map(each => () => this.#element(each))));
    return {
      first: parts.flatMap(({ first }) => first),
      last: parts.flatMap(({ last }) => last),
      empty: [...new Set(parts.flatMap(({ empty }) => empty))],
    };
  }

  #sequence(makers: (() => Part)[]): Part {
    let whole: Part = { first: [], last: [], empty: [0] };
    for (const make of makers) {
      const part = make();
      for (const from of whole.last) for (const to of part.first) this.#edge(from, to);
      whole = {
        first: [...whole.first, ...under(part.first, whole.empty)],
        last: [...under(whole.last, part.empty), ...part.last],
        empty: [...new Set(whole.empty.flatMap(one => part.empty.map(other => one | other)))],
      };
    }
    return whole;
  }

  #element(element: AST.Element): Part {
    const nothing = (condition: number): Part => ({ first: [], last: [], empty: [condition] });
    const isMultiline = this.#flags.includes('m');
    switch (element.type) {
      case 'Character':
      case 'CharacterSet':
      case 'CharacterClass':
      case 'ExpressionCharacterClass':
        return this.#leaf(this.#mask(element.raw));
      case 'Group':
      case 'CapturingGroup':
        return this.#alternatives(element.alternatives);
      case 'Quantifier':
        return this.#repeated(element);
      case 'Backreference':
        this.#unknown = 'it refers back to a group';
        return nothing(0);
      case 'Assertion':
        if (element.kind === 'start') return nothing(isMultiline ? lineStart : textStart);
        if (element.kind === 'end') return nothing(isMultiline ? lineEnd : textEnd);
        if (element.kind === 'word') return nothing(element.negate ? noBoundary : boundary);
        // Tried at each place, and then left again.
        if (element.kind === 'lookahead') return { ...this.#alternatives(element.alternatives), last: [], empty: [0] };
        if (/[*+]|\{\d+,\}/.test(element.raw)) this.#unknown = 'it looks behind without a bound';
        return nothing(0);
    }
  }

  #repeated({ element, min, max }: AST.Quantifier): Part {
    const one = () => this.#element(element);
    const loop = (): Part => {
      const part = one();
      for (const from of part.last) for (const to of part.first) this.#edge(from, to);
      return part;
    };
    const optional = (part: Part): Part => ({ ...part, empty: [0] });
    const times = (count: number) => Array.from({ length: count }, () => one);
    if (max === Number.POSITIVE_INFINITY)
      return min === 0 ? optional(loop()) : this.#sequence([...times(min - 1), loop]);
    const rest = (count: number): Part =>
      count === 0 ? { first: [], last: [], empty: [0] } : optional(this.#sequence([one, () => rest(count - 1)]));
    return this.#sequence([...times(min), () => rest(max - min)]);
  }
}

function under(steps: Step[], conditions: number[]): Step[] {
  return conditions.flatMap(more => steps.map(({ state, condition }) => ({ state, condition: condition | more })));
}
