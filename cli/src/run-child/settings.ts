/** What `nops run` tells the processes that it starts, as JSON in NOPS_RUN. */

export interface PreloadSettings {
  /** Where they leave what they record: `<pid>.began`, `<pid>.<window>.cpu`, `<pid>.heap`, and `<pid>.done` at their end. */
  folder: string;
  /** The agent, as one script. */
  agent: string;
  cpu: boolean;
  heap: boolean;
  hz: number;
}
