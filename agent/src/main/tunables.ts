/**
 * Settings that can be changed while the process runs: those of connection pools and servers, found by themselves, and those that the
 * app registers. All changes of a request are checked before the first is made.
 */

import { NopsError } from '@nops/core/protocol/errors';
import type { Change, SettingValue, Tunable } from '@nops/core/protocol/results';
import type { HttpActivity } from './http-activity.js';
import { poolTunables } from './http-pool.js';
import { serverTunables } from './servers.js';
import type { Setting } from './setting.js';

/** A setting of the app: `set` may throw to refuse a value; both may return a promise. */
export interface AppTunable<Value extends SettingValue> {
  get(): Value | Promise<Value>;
  set(value: Value): void | Promise<void>;
  description?: string;
}

const maxAppTunables = 1000;

export class AppTunables {
  readonly #known = new Map<string, AppTunable<SettingValue>>();

  /** Registers a setting under a name of letters, digits and `_ - . :`; a second one of the same name takes its place. */
  add(name: string, tunable: AppTunable<SettingValue>): () => void {
    if (!/^[\w.:-]{1,100}$/.test(name))
      throw new NopsError('usage', `${JSON.stringify(name)} can’t name a tunable: use letters, digits, _ - . :`);
    if (this.#known.size >= maxAppTunables)
      throw new NopsError('usage', `there are ${maxAppTunables} tunables already`);
    this.#known.set(name, tunable);
    return () => {
      if (this.#known.get(name) === tunable) this.#known.delete(name);
    };
  }

  get(name: string): AppTunable<SettingValue> | undefined {
    return this.#known.get(name);
  }

  entries(): IterableIterator<[string, AppTunable<SettingValue>]> {
    return this.#known.entries();
  }
}

export class Tunables {
  readonly #activity: HttpActivity;
  readonly #app: AppTunables;

  constructor(activity: HttpActivity, app: AppTunables) {
    this.#activity = activity;
    this.#app = app;
  }

  async list(): Promise<Tunable[]> {
    this.#activity.discover();
    const tunables: Tunable[] = [];
    for (const [name, setting] of this.#settings()) {
      tunables.push({ name, value: setting.get(), description: setting.description });
    }
    for (const [name, tunable] of this.#app.entries()) {
      tunables.push({
        name,
        value: await readApp(name, tunable),
        description: tunable.description ?? 'registered by the app',
      });
    }
    return tunables;
  }

  /** Checks all changes, then makes them in order. One of the app's own that refuses its value stops the rest; the error tells which were made. */
  async set(changes: { name: string; value: SettingValue }[]): Promise<Change[]> {
    this.#activity.discover();
    const settings = new Map(this.#settings());
    const checked = changes.map(({ name, value }) => {
      const app = this.#app.get(name);
      if (app !== undefined) return { name, value, app };
      const setting = settings.get(name);
      if (setting === undefined)
        throw unknownName(name, [...settings.keys(), ...[...this.#app.entries()].map(([known]) => known)]);
      return { name, value: setting.parse(name, value), setting };
    });
    const done: Change[] = [];
    for (const change of checked) {
      try {
        done.push(
          'app' in change
            ? await setApp(change.name, change.app, change.value)
            : setOwn(change.name, change.setting, change.value),
        );
      } catch (error) {
        throw refused(change.name, error, done);
      }
    }
    return done;
  }

  *#settings(): IterableIterator<[string, Setting]> {
    for (const [pool, agent] of this.#activity.pools.entries()) yield* named(pool, poolTunables(agent));
    if (this.#activity.fetch.observe() !== undefined) yield* named('fetch', this.#activity.fetch.tunables());
    for (const [name, server] of this.#activity.servers.entries()) yield* named(name, serverTunables(server));
  }
}

function* named(owner: string, settings: Record<string, Setting>): IterableIterator<[string, Setting]> {
  for (const [name, setting] of Object.entries(settings)) yield [`${owner}.${name}`, setting];
}

function setOwn(name: string, setting: Setting, value: SettingValue): Change {
  const old = setting.get();
  setting.set(value);
  return { name, old, new: setting.get() };
}

async function setApp(name: string, tunable: AppTunable<SettingValue>, value: SettingValue): Promise<Change> {
  const old = await tunable.get();
  await tunable.set(value);
  return { name, old, new: await tunable.get() };
}

async function readApp(name: string, tunable: AppTunable<SettingValue>): Promise<SettingValue> {
  try {
    return await tunable.get();
  } catch (error) {
    return `(can’t be read: ${name}: ${error instanceof Error ? error.message : String(error)})`;
  }
}

function refused(name: string, error: unknown, done: Change[]): NopsError {
  const why = error instanceof Error ? error.message : String(error);
  const made = done.length === 0 ? 'nothing was changed' : `already changed: ${done.map(c => c.name).join(', ')}`;
  return new NopsError(error instanceof NopsError ? error.code : 'usage', `${name} refused the value: ${why}; ${made}`);
}

function unknownName(name: string, known: string[]): NopsError {
  const owner = name.slice(0, name.lastIndexOf('.'));
  const same = known.filter(k => k.startsWith(`${owner}.`));
  const shown = (same.length > 0 ? same : known).slice(0, 20);
  return new NopsError(
    'usage',
    `there is no tunable ${JSON.stringify(name)}; nothing was changed`,
    shown.length > 0
      ? `Known ones: ${shown.join(', ')}${known.length > shown.length ? ', …' : ''}`
      : 'Pools are found by the requests that they send: run "nops pools <target>" while there is traffic, then set again.',
  );
}
