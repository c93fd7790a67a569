/** The tunables that the app registers; kept whether or not an agent runs, so that the order of calls does not matter. */

import type { SettingValue } from '@nops/core/protocol/results';
import { type AppTunable, AppTunables } from './tunables.js';

export const appTunables = new AppTunables();

/** Registers a setting of the app that `nops set <target> <name>=<value>` can change. The returned function takes it back. */
export function tunable<Value extends SettingValue>(name: string, setting: AppTunable<Value>): () => void {
  return appTunables.add(name, setting as unknown as AppTunable<SettingValue>);
}
