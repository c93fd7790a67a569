/**
 * When the event loop asked the kernel for events (libuv's poll phase; docs.libuv.org/en/v1.x/design.html). Nobody tells, but the order of
 * callbacks does: timers, then the poll and its events, then immediates. An event that came with one poll was not there at the one before.
 *
 *   … waits | event | immediate | timer | event …
 *           ^ poll                      ^ poll: this event may have been there since the first one
 */

type Phase = 'timers' | 'poll' | 'check';

export class Polls {
  #phase: Phase = 'poll';
  /** The latest poll, and the one before. */
  #last = 0;
  #before = 0;

  /** For a turn that begins at `ticks`: since when its event may have been there. `waited`: the loop did before. */
  readySince(type: string, waited: boolean, ticks: number): number {
    const phase = type === 'Timeout' ? 'timers' : type === 'Immediate' ? 'check' : 'poll';
    if (waited) {
      this.#last = ticks;
      this.#before = ticks;
    } else if (phase === 'poll' && this.#phase !== 'poll') {
      this.#before = this.#last;
      this.#last = ticks;
    }
    this.#phase = phase;
    return this.#before;
  }
}
