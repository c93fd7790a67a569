/** What main thread and worker share of labels: the ring of switches, and how to read it. */

/** Label names → values. */
export type LabelSet = Readonly<Record<string, string>>;

/** Different sets of labels that are told apart. */
export const maxLabelSets = 1000;

/** Numbers from here on are of requests whose route is not known yet. */
export const firstRequestId = 1 << 20;

/** Switches that fit in between two looks of the worker. */
export const labelRingSize = 1 << 16;

/** The ring's head counts up to here: a multiple of the size, within 32 bits. */
export const labelRingWrap = labelRingSize * 2 ** 14;

/**
 * `times[i]`, `ids[i]`: from then on (milliseconds of the main thread's performance.now()) the labels `id` were on; a negative time −n says
 * that the request `id` has the labels n.
 */
export interface LabelRing {
  head: Int32Array;
  times: Float64Array;
  ids: Uint32Array;
}

export function createLabelRing(): LabelRing {
  return {
    head: new Int32Array(new SharedArrayBuffer(4)),
    times: new Float64Array(new SharedArrayBuffer(8 * labelRingSize)),
    ids: new Uint32Array(new SharedArrayBuffer(4 * labelRingSize)),
  };
}

export interface LabelsBegun {
  /** From the ring's clock to the one that all threads and V8's samples share, in microseconds. */
  offsetMicros: number;
}

/** What the numbers stand for: all sets, and of the requests asked for those whose route is known. */
export interface LabelNames {
  sets: LabelSet[];
  requests: [request: number, set: number][];
}
