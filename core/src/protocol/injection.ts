/** What `nops attach` and `nops run` and the agent that they bring into a process agree on. */

/** The property of globalThis, under a registered symbol of this name, where the main thread keeps its side of an agent. */
export const hostSymbolName = 'nops.agent';

/** What is not given is the environment's, as for an agent that the app starts. */
export interface AttachOptions {
  /** A further folder to announce itself in. */
  folder?: string;
  name?: string;
  /** Also in the middle of Node's own code, for a process that is always met there. Never while Node loads a module. */
  anyway?: boolean;
  /** It unloads itself when nobody holds its lease any more: who attached it may be killed before it detaches it. */
  leased?: boolean;
}

/** JSON for who evaluated it. The agent answers, and has announced itself, a moment after this. */
export type AttachAnswer =
  | {
      socketPath: string;
      /** Of the agent that runs; null when it is older than this field. */
      version: string | null;
      /** Whether it ran already, however it was started. */
      already: boolean;
    }
  /** `again`: the same will do in a few milliseconds. */
  | { failure: string; next?: string; again?: true };

/** What `nops run` has a process record from its start on. */
export interface RunRecording {
  /** Written piece by piece under this name and `.part`, and renamed when it is whole. */
  file: string;
  seconds: number;
  /** CPU samples a second; 0: none. */
  hz: number;
}

/** For who loads the agent in the process itself, as `nops run` does. */
export interface RunOptions {
  recording?: RunRecording;
  /**
   * Called in the middle of JavaScript that hears no signal, since it never ends: writes what there is. True when the signal is to end the
   * process now, and nothing listens to it any more.
   */
  onUnheard(signal: 'SIGINT' | 'SIGTERM'): boolean;
}

/** What `nops run` calls from the event loop before the process ends by a signal, which no listener for its exit hears of. */
export type EndRun = () => void;
