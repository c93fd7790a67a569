/**
 * C++ names as a linker writes them, made readable: `_ZN4node2fsL4ReadERKN2v820FunctionCallbackInfoINS1_5ValueEEE` is `node::fs::Read`.
 * Namespaces, classes and function names; arguments of functions and templates are left out. Source: the Itanium C++ ABI, "Mangling".
 */

const operators: Record<string, string> = {
  nw: 'operator new',
  dl: 'operator delete',
  cl: 'operator()',
  ix: 'operator[]',
  eq: 'operator==',
  aS: 'operator=',
  ls: 'operator<<',
  pt: 'operator->',
};
const maxParts = 64;

/** The readable name; `symbol` itself when it is not mangled or not understood. */
export function demangle(symbol: string): string {
  if (!symbol.startsWith('_Z')) return symbol;
  const parts = new NameReader(symbol).read();
  return parts.length === 0 ? symbol : parts.join('::');
}

class NameReader {
  readonly #text: string;
  #at = 2;

  constructor(text: string) {
    this.#text = text;
  }

  read(): string[] {
    const isNested = this.#take('N');
    // const, volatile, restrict, and & or && of a member function.
    while (isNested && /[KVrRO]/.test(this.#peek())) this.#at++;
    const parts: string[] = [];
    while (parts.length < maxParts) {
      const part = this.#part(parts.at(-1) ?? '');
      if (part === undefined) break;
      if (part !== '') parts.push(part);
      if (this.#peek() === 'I') this.#skipTemplate();
      if (!isNested && part !== '' && part !== 'std') break;
      if (this.#peek() === 'E') break;
    }
    return parts;
  }

  /** One part of a name; empty for a mark without a name, undefined at the end of what is understood. */
  #part(before: string): string | undefined {
    if (this.#take('St')) return 'std';
    if (this.#take('L')) return ''; // of internal linkage
    const digits = /^\d+/.exec(this.#text.slice(this.#at, this.#at + 4))?.[0];
    if (digits !== undefined) {
      const start = this.#at + digits.length;
      this.#at = start + Number(digits);
      const name = this.#text.slice(start, this.#at);
      return name.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : name;
    }
    const special = /^(?:C[1-3]|D[0-2])/.exec(this.#text.slice(this.#at, this.#at + 2))?.[0];
    if (special !== undefined) {
      this.#at += 2;
      return special.startsWith('C') ? before : `~${before}`;
    }
    const operator = operators[this.#text.slice(this.#at, this.#at + 2)];
    if (operator !== undefined) this.#at += 2;
    return operator;
  }

  /** Over `I...E` and all that is nested in it. */
  #skipTemplate(): void {
    let depth = 0;
    do {
      const digits = /^\d+/.exec(this.#text.slice(this.#at, this.#at + 4))?.[0];
      if (digits !== undefined && !/[bcijlmstwxy]/.test(this.#text[this.#at - 1] ?? '')) {
        this.#at += digits.length + Number(digits);
        continue;
      }
      const letter = this.#peek();
      // I arguments, N nested name, L literal, X expression, F function type: all end with E.
      if (/[INLXF]/.test(letter)) depth++;
      else if (letter === 'E') depth--;
      this.#at++;
    } while (depth > 0 && this.#at < this.#text.length);
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}
