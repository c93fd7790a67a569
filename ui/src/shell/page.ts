/** What a page tells about itself: what it shows, when it can, and what can be done there. */

import type { ComponentType } from 'preact';

export interface Command {
  id: string;
  title: string;
  /** As KeyboardEvent.key tells it, where it has one. */
  key?: string;
  /** Undefined: always. */
  isEnabled?(): boolean;
  run(): void;
}

export interface Page {
  /** In the address. */
  id: string;
  title: string;
  /** Whether it has anything to show of what is open. Reads signals. */
  isAvailable(): boolean;
  View: ComponentType;
  /** What is told in the header about what is open. Reads signals. */
  facts(): string[];
  /** What the help sheet says of the numbers on it. */
  about: string;
  commands: readonly Command[];
  /** Keys that are no commands, for the help sheet. */
  keys: readonly (readonly [keys: string, what: string])[];
}
