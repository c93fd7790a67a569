/** A target of the benchmark with its agent, and what is asked of it. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { endpoints } from '@nops/core/protocol/endpoints';

const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export class Target {
  readonly child: ChildProcess;
  readonly port: number;
  readonly #socketPath: string;

  private constructor(child: ChildProcess, port: number, socketPath: string) {
    this.child = child;
    this.port = port;
    this.#socketPath = socketPath;
  }

  static async start(functions: number, profile: 'on-demand' | 'warm'): Promise<Target> {
    const child = fork(new URL('./target.js', import.meta.url), [String(functions)], {
      execArgv: ['--import', import.meta.resolve('@nops/agent/register')],
      // The governor would end what is to be measured here.
      env: { ...process.env, NOPS_DIR: folder, NOPS_PROFILE: profile, NOPS_PROFILE_BUDGET: '100' },
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Target(child, port, await socketOf(child.pid));
  }

  async end(): Promise<void> {
    this.child.disconnect();
    await once(this.child, 'exit');
  }

  /** The status, and the comments of the profile; how long it took. */
  profile(seconds: number): Promise<{ status: number; ms: number; comments: () => string[] }> {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const sent = this.ask(seconds);
      sent.on('error', reject);
      sent.on('response', async response => {
        const chunks: Buffer[] = [];
        for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
        const ms = performance.now() - began;
        // Not decoded here: that would hold up the others.
        const comments = () => decodeProfile(gunzipSync(Buffer.concat(chunks))).comments;
        resolve({ status: response.statusCode ?? 0, ms, comments });
      });
    });
  }

  ask(seconds: number, id = ''): ClientRequest {
    const name = id === '' ? '' : `&id=${id}`;
    return this.#send('GET', `${endpoints.profile.path}?seconds=${seconds}&thread=main${name}`);
  }

  /** Resolves when a profile that is called `id` has begun; and has come to its end when `ended` does. */
  async begin(id: string): Promise<{ ended: Promise<unknown> }> {
    const sent = this.ask(300, id);
    const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>];
    return {
      ended: (async () => {
        for await (const _ of response);
      })(),
    };
  }

  stop(id: string): void {
    this.#send('POST', `${endpoints.stopProfile.path}?id=${id}`).on('response', response => response.resume());
  }

  #send(method: 'GET' | 'POST', path: string): ClientRequest {
    const sent = request({ method, socketPath: this.#socketPath, path, agent: false, headers: { host: 'localhost' } });
    sent.end();
    return sent;
  }

  /** CPU time of its main thread so far: proc(5), schedstat. */
  get mainCpuMs(): number {
    const { pid } = this.child;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  }

  /** Whether V8 samples in it: by its sampler's thread. */
  get isSampled(): boolean {
    return readdirSync(`/proc/${this.child.pid}/task`).some(tid => {
      try {
        return readFileSync(`/proc/${this.child.pid}/task/${tid}/comm`, 'utf8').trim() === 'v8:ProfEvntProc';
      } catch {
        return false;
      }
    });
  }
}

async function socketOf(pid: number | undefined): Promise<string> {
  for (;;) {
    const name = readdirSync(folder).find(file => file.startsWith(`nops-${pid}-`) && file.endsWith('.json'));
    if (name !== undefined) return join(folder, name.replace(/json$/, 'sock'));
    await sleep(20);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
