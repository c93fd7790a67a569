/** What `nops run` tells the processes that it starts, as JSON in NOPS_RUN. */

export interface PreloadSettings {
  /**
   * Where they leave what they record: `<pid>.began`, `<pid>.<window>.cpu`, `<pid>.heap`, `<pid>.trace`, and `<pid>.done` at their end;
   * `<pid>.agent` is where their agent listens.
   */
  folder: string;
  /** The agent, as one script. */
  agent: string;
  /** Of nops: who records for nobody stops. */
  pid: number;
  cpu: boolean;
  heap: boolean;
  trace: boolean;
  hz: number;
}
