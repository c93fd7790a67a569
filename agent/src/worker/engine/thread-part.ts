/** What one thread has given to a recording. */

import type { SampleWindow } from '@nops/core/profile/sampling/sample-window';
import { type LabelAt, type Range, StackTotals } from '@nops/core/profile/sampling/stack-totals';
import type { TurnPause } from '@nops/probe/through/cpu-windows';
import { mainLabel } from './threads.js';

/** Past these, the oldest windows are summed up, so that a recording of hours stays small; only their times are lost. */
const maxWindows = 600;

export class ThreadPart {
  readonly label: string;
  readonly range: Range;
  /** `sum`: of several threads, whose times add up. */
  readonly kind: 'one' | 'sum';
  intervalMicros = 0;
  coldStartMs: number | undefined;
  turns = 0;
  maxPauseMs = 0;
  /** Why it ended before the recording. */
  brokenBy: string | undefined;
  windows: SampleWindow[] = [];
  /** For the thread whose labels are known. */
  labelAt: LabelAt | undefined;
  /** How much time its windows cover, whether they are in the range or not. */
  windowMicros = 0;
  #folded: StackTotals | undefined;

  constructor(label: string, range: Range, kind: 'one' | 'sum' = 'one') {
    this.label = label;
    this.range = range;
    this.kind = kind;
  }

  get isMain(): boolean {
    return this.label === mainLabel;
  }

  /** Whether `windows` has all of it, so that the time of each sample is known. */
  get hasTimes(): boolean {
    return this.#folded === undefined;
  }

  add(window: SampleWindow, pause?: TurnPause): void {
    if (pause !== undefined) {
      this.turns++;
      this.maxPauseMs = Math.max(this.maxPauseMs, pause.openMs + pause.closeMs);
    }
    this.windowMicros += window.endMicros - window.beginMicros;
    this.windows.push(window);
    if (this.windows.length < maxWindows) return;
    this.#folded ??= new StackTotals(this.range, this.labelAt);
    for (const folded of this.windows.splice(0, maxWindows / 2)) this.#folded.add(folded);
  }

  /** Adds what another thread has given that gives no more. Its times are lost, and its sums are not. */
  absorb(other: ThreadPart): void {
    this.#folded ??= new StackTotals(this.range);
    this.#folded.absorb(other.totals());
  }

  /** To be called once. */
  totals(): StackTotals {
    const totals = this.#folded ?? new StackTotals(this.range, this.labelAt);
    for (const window of this.windows) totals.add(window);
    return totals.finish();
  }
}
