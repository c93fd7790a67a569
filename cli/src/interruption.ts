/**
 * What Ctrl-C and SIGTERM do. Without a listener the kernel ends nops at once, also while it computes or waits in a system call, and Node
 * gives the terminal back. So we listen only while something is to be cleaned up or ended early, and only for the first signal: a second
 * one finds no listener, unless what it would leave behind needs us.
 */

type Ending = 'SIGINT' | 'SIGTERM';

const signals: readonly Ending[] = ['SIGINT', 'SIGTERM'];

/** How long we listen: until the first signal, or for each of them. */
type Firmness = 'first' | 'each';

export class Interruption {
  readonly #exit: (signal: Ending) => void;
  readonly #abort = new AbortController();
  readonly #actions = new Set<() => void>();
  readonly #holds = { first: 0, each: 0 };
  readonly #listeners = signals.map(name => [name, () => this.#hear(name)] as const);
  #isListening = false;
  #hasHeard = false;
  #endedBy: Ending | undefined;

  /** `exit` ends the process, as of the signal. */
  constructor(exit: (signal: Ending) => void) {
    this.#exit = exit;
  }

  /** Aborted by a signal that nothing else was made of. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What aborted `signal`. */
  get endedBy(): Ending | undefined {
    return this.#endedBy;
  }

  /**
   * From now on, until what this returns is called, a signal aborts `signal` instead of ending nops. `each`: so that nothing is left when
   * a second one comes while the first is still dealt with; listeners of the process's `exit` are called then.
   */
  hold(firmness: Firmness = 'first'): () => void {
    let isHeld = true;
    this.#holds[firmness]++;
    this.#update();
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds[firmness]--;
      this.#update();
    };
  }

  /** The next Ctrl-C does this instead, unless what this returns is called before. */
  onInterrupt(action: () => void, firmness: Firmness = 'first'): () => void {
    this.#actions.add(action);
    const release = this.hold(firmness);
    return () => {
      this.#actions.delete(action);
      release();
    };
  }

  #update(): void {
    if (this.#isWanted) this.#listen(true);
    else if (this.#hasHeard) this.#listen(false);
    // One that came while we computed is heard in the next turn of the event loop, before this.
    else setImmediate(() => this.#listen(this.#isWanted));
  }

  get #isWanted(): boolean {
    return this.#holds.each > 0 || (this.#holds.first > 0 && !this.#hasHeard);
  }

  #listen(wanted: boolean): void {
    if (wanted === this.#isListening) return;
    this.#isListening = wanted;
    for (const [name, listener] of this.#listeners) {
      if (wanted) process.on(name, listener);
      else process.off(name, listener);
    }
  }

  #hear(name: Ending): void {
    if (this.#endedBy !== undefined || !this.#isWanted) {
      this.#exit(name);
      return;
    }
    this.#hasHeard = true;
    this.#update(); // before anything tells that it was heard: the next one may come at once
    const actions = name === 'SIGINT' ? [...this.#actions] : [];
    this.#actions.clear();
    for (const action of actions) action();
    if (actions.length > 0) return;
    this.#endedBy = name;
    this.#abort.abort();
  }
}
