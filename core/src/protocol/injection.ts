/** What `nops attach` and the agent that it injects agree on. */

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
