/**
 * Who still needs an agent that was attached for a command: each holds a request open, which the kernel ends with its process, however that
 * ends. After the last of them the agent unloads itself. So a nops that was killed leaves none behind.
 */

/** From the start to the first who holds it: by then whoever attached it has connected, or is gone. */
const firstMs = 5000;

export class Lease {
  #holders = 0;
  #first: NodeJS.Timeout | undefined;
  #isLeased: boolean;
  readonly #end: () => void;

  /** `end` is called once, when nobody holds it any more. */
  constructor(isLeased: boolean, end: () => void) {
    this.#isLeased = isLeased;
    this.#end = end;
    if (isLeased) this.#first = setTimeout(() => this.#check(), firstMs).unref();
  }

  get holders(): number {
    return this.#holders;
  }

  get isLeased(): boolean {
    return this.#isLeased;
  }

  /** The agent stays, whoever leaves. */
  stay(): void {
    this.#isLeased = false;
    clearTimeout(this.#first);
  }

  /** Resolves when `signal` is aborted. */
  async hold(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#first);
    this.#holders++;
    await new Promise<void>(resolve => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
    this.#holders--;
    this.#check();
  }

  #check(): void {
    if (!this.#isLeased || this.#holders > 0) return;
    this.#isLeased = false;
    this.#end();
  }
}
