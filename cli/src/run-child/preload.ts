/**
 * What `nops run` has every Node process of a command load first (`--require`): it profiles the main thread from its start, and writes what
 * it has each few seconds and at the end. It loads the agent too, so that the other commands answer, and which records the trace. It relies
 * on nothing but Node, and never throws into the app.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import type { AttachAnswer, AttachOptions, EndRun, RunOptions } from '@nops/core/protocol/injection';
import { type Profiling, profile } from './preload-profile.js';
import type { PreloadSettings } from './settings.js';

const agentTries = 50;
/** A trace is of the first minute, as the agent's own is a minute at most. */
const traceSeconds = 60;

type Attach = (options: AttachOptions, run: RunOptions) => AttachAnswer & { endRun?: EndRun };

function start(settings: PreloadSettings): void {
  try {
    new Preloaded(settings).begin();
  } catch (error) {
    process.emitWarning(`nops run: not profiled: ${error instanceof Error ? error.message : String(error)}`);
  }
}

class Preloaded {
  readonly #settings: PreloadSettings;
  readonly #listeners = { SIGINT: () => this.#onSignal('SIGINT'), SIGTERM: () => this.#onSignal('SIGTERM') };
  #profiling: Profiling | undefined;
  #endAgent: EndRun = () => {};
  #isDone = false;

  constructor(settings: PreloadSettings) {
    this.#settings = settings;
  }

  begin(): void {
    const { cpu, heap, trace } = this.#settings;
    // A trace is of the start too; otherwise the app goes first.
    if (trace) this.#loadAgent(agentTries);
    else setImmediate(() => this.#loadAgent(agentTries)).unref();
    this.#write('began', {});
    if (cpu || heap) this.#profiling = profile(this.#settings, (name, content) => this.#write(name, content));
    process.on('exit', () => this.#finish());
    for (const [signal, listener] of Object.entries(this.#listeners)) process.on(signal, listener);
  }

  /** It asks to come again while Node loads a module. */
  #loadAgent(tries: number): void {
    try {
      const attach = runInThisContext(readFileSync(this.#settings.agent, 'utf8')) as Attach;
      const file = join(this.#settings.folder, `${process.pid}.trace`);
      const answer = attach(
        { anyway: true },
        {
          onUnheard: signal => this.#lastWords(signal),
          ...(this.#settings.trace ? { recording: { file, seconds: traceSeconds, hz: this.#settings.hz } } : {}),
        },
      );
      if ('socketPath' in answer) {
        this.#endAgent = answer.endRun ?? this.#endAgent;
        this.#write('agent', { socketPath: answer.socketPath });
      } else if (answer.again === true && tries > 0) setTimeout(() => this.#loadAgent(tries - 1), 20).unref();
      else this.#write('trace.failed', answer.failure);
    } catch {
      // The profiles do not need it.
    }
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#profiling?.finish();
    this.#write('done', {});
  }

  #onSignal(signal: 'SIGINT' | 'SIGTERM'): void {
    if (!this.#lastWords(signal)) return;
    this.#endAgent();
    process.kill(process.pid, signal);
  }

  /** Whether the signal ends the process: then all is written, and nothing listens any more. */
  #lastWords(signal: 'SIGINT' | 'SIGTERM'): boolean {
    // The app listens itself: it decides when to end.
    if (process.listenerCount(signal) > 1) {
      this.#profiling?.turn();
      return false;
    }
    this.#finish();
    process.off(signal, this.#listeners[signal]);
    return true;
  }

  #write(name: string, content: unknown): void {
    try {
      const path = join(this.#settings.folder, `${process.pid}.${name}`);
      writeFileSync(`${path}.tmp`, JSON.stringify(content), { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
    } catch {
      // The disk is full, or nops has gone: the app goes on.
    }
  }
}

// Last: what stands above is not there before.
const text = process.env['NOPS_RUN'];
if (isMainThread && text !== undefined) start(JSON.parse(text) as PreloadSettings);
