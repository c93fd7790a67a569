/** What is used of flamebearer 2.1.0, which has no types of its own. */

declare module 'flamebearer' {
  interface Frame {
    functionName: string;
    url?: string;
    lineNumber?: number;
  }

  export interface Thread {
    name: string;
    samples: number;
    /** Microseconds. */
    busy: number;
    idle: number;
    top: { frame: Frame; time: number }[];
    /** `lineTicks`: by line of the source, once source maps have been resolved. */
    nodes: Map<number, { callFrame?: Frame; lineTicks?: { url: string }[] }>;
  }

  export interface Trace {
    threads: Thread[];
  }

  export function parseCpuProfile(profile: object, name: string): Thread;
  export function parseTrace(trace: object): Trace;
  /** Gives frames the places and names of their sources, in place. */
  export function resolveSourceMaps(trace: Trace): void;
  export function filterTrace(trace: Trace, range: { from?: number; to?: number; threads?: string[] }): Trace;
  export function formatReport(
    trace: Trace,
    options: { top?: number; color?: boolean; sourceMaps?: boolean; stacks?: string },
  ): string;
}
