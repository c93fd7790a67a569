/** What others see of the agent: its listeners and its files, which go together. */

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Announcement } from '@nops/core/protocol/announcement';
import { claimFiles, type SharedMemory } from '../messages/shared.js';
import type { LetGo } from './main-thread/let-go.js';

export class Presence {
  readonly #memory: SharedMemory;
  readonly #socketPath: string;
  readonly #servers: Server[] = [];
  readonly #letGo: LetGo;
  #isEnding = false;

  constructor(memory: SharedMemory, socketPath: string, letGo: LetGo) {
    this.#memory = memory;
    this.#socketPath = socketPath;
    this.#letGo = letGo;
  }

  addServer(server: Server): void {
    this.#servers.push(server);
  }

  /** Written aside and renamed, so that nobody reads half of it. */
  announce(announcement: Announcement): void {
    const path = this.#announcementPath();
    writeFileSync(`${path}.new`, JSON.stringify(announcement), { mode: 0o600, flush: false });
    renameSync(`${path}.new`, path);
  }

  /** Nobody finds the agent any more, and its place is free for another; requests that are being answered go on. */
  withdraw(): void {
    // libuv removes the socket's file as it stops to listen.
    for (const server of this.#servers) server.close();
    if (!claimFiles(this.#memory)) return;
    rmSync(this.#announcementPath(), { force: true });
    rmSync(this.#socketPath, { force: true });
  }

  /** Cuts what is left. When the main thread has let go of the inspector nothing holds the worker any more, so its thread ends. */
  end(): void {
    this.withdraw();
    if (this.#isEnding) return;
    this.#isEnding = true;
    for (const server of this.#servers) server.closeAllConnections();
    void this.#letGo.wait();
  }

  #announcementPath(): string {
    return this.#socketPath.replace(/sock$/, 'json');
  }
}
