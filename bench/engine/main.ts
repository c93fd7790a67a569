/**
 * What the profile engine promises: fifty profiles at once cost as much as one, a profile nobody waits for ends, and starting and stopping
 * a warm one hardly holds the main thread, however many functions there are. Rounds are interleaved; "control" is nothing, twice.
 *
 *   node bench/dist/engine/main.js [rounds] [part: concurrent, cancel or pauses]
 */

import autocannon from 'autocannon';
import { median, ratios } from '../lib/statistics.js';
import { sleep, Target } from './agent.js';

const rounds = Number(process.argv[2] ?? 5);
const part = process.argv[3];
const parts = { concurrent, cancel, pauses };
for (const [name, run] of Object.entries(parts)) if (part === undefined || part === name) await run();

/** Requests per second of a loaded server while it is profiled by none, one, fifty clients. */
async function concurrent(): Promise<void> {
  const seconds = 4;
  const variants = { none: 0, control: 0, one: 1, fifty: 50 };
  const rates = new Map<string, number[]>(Object.keys(variants).map(name => [name, []]));
  const latest = new Map<string, number[]>(Object.keys(variants).map(name => [name, []]));
  const target = await Target.start(20_000, 'on-demand');
  await load(target.port, 2);
  for (let round = 0; round < rounds; round++) {
    for (const [name, clients] of Object.entries(variants)) {
      const loaded = load(target.port, seconds);
      const answers = await Promise.all(Array.from({ length: clients }, () => target.profile(seconds)));
      if (answers.some(answer => answer.status !== 200)) throw new Error('not all were answered');
      rates.get(name)?.push(await loaded);
      latest.get(name)?.push(Math.max(0, ...answers.map(answer => answer.ms)) - seconds * 1000);
      await sleep(500);
    }
  }
  await target.end();
  console.log(
    `concurrent: profiles of ${seconds} s, 20,000 functions, Node ${process.versions.node}, ${rounds} rounds`,
  );
  for (const [name, clients] of Object.entries(variants)) {
    const { median: ratio, min, max } = ratios(rates.get(name) ?? [], rates.get('none') ?? []);
    const late =
      clients === 0 ? '' : `   last answer ${Math.max(...(latest.get(name) ?? [])).toFixed(0)} ms after its time`;
    console.log(`  ${name.padEnd(8)} throughput ${ratio.toFixed(3)} (${min.toFixed(3)}-${max.toFixed(3)})${late}`);
  }
  const { median: fiftyToOne, min, max } = ratios(rates.get('fifty') ?? [], rates.get('one') ?? []);
  console.log(`  fifty to one: ${fiftyToOne.toFixed(3)} (${min.toFixed(3)}-${max.toFixed(3)})`);
}

async function load(port: number, seconds: number): Promise<number> {
  const result = await autocannon({ url: `http://127.0.0.1:${port}/`, connections: 10, duration: seconds });
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
  return result.requests.total / result.duration;
}

/** From when the last client leaves until V8's sampler has ended. */
async function cancel(): Promise<void> {
  const target = await Target.start(20_000, 'on-demand');
  const times: number[] = [];
  for (let round = 0; round < rounds * 4; round++) {
    const sent = target.ask(300);
    sent.on('error', () => {});
    while (!target.isSampled) await sleep(5);
    await sleep(200 + 50 * (round % 7));
    const began = performance.now();
    sent.destroy();
    while (target.isSampled) await sleep(1);
    times.push(performance.now() - began);
  }
  await target.end();
  console.log(
    `cancel: ${times.length} times, median ${median(times).toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms`,
  );
}

/** The longest standstill of a main thread that never rests, in half a second in which a profile begins or ends. */
async function pauses(): Promise<void> {
  console.log(
    `pauses: longest standstill, median of ${rounds} (smallest-largest), ms; what the profile itself tells in brackets`,
  );
  for (const functions of [1000, 20_000, 100_000]) {
    const warm = await Target.start(functions, 'warm');
    const cold = await Target.start(functions, 'on-demand');
    await sleep(2000);
    const seen: Record<string, number[]> = {
      control: [],
      'warm start': [],
      'warm stop': [],
      'cold start': [],
      'cold stop': [],
    };
    const told: Record<string, number[]> = { 'warm stop': [], 'cold start': [] };
    for (let round = 0; round < rounds; round++) {
      seen['control']?.push(await cold.longestMs(500, async () => {}));
      for (const [name, target] of [
        ['warm', warm],
        ['cold', cold],
      ] as const) {
        let taken: ReturnType<Target['profile']> | undefined;
        seen[`${name} start`]?.push(
          await target.longestMs(500, async () => {
            taken = target.profile(1);
          }),
        );
        // The end comes a second after the beginning.
        seen[`${name} stop`]?.push(await target.longestMs(1000, async () => taken));
        const pause = (await taken)?.comments().find(comment => comment.startsWith('pause')) ?? '';
        const [, start] = /([\d.]+) ms to start/.exec(pause) ?? [];
        const [, stop] = /([\d.]+) ms at most/.exec(pause) ?? [];
        if (name === 'cold') told['cold start']?.push(Number(start));
        else told['warm stop']?.push(Number(stop));
        await sleep(300);
      }
    }
    await Promise.all([warm.end(), cold.end()]);
    const cells = Object.entries(seen).map(([name, times]) => {
      const own = told[name];
      const tells = own === undefined ? '' : ` [${median(own).toFixed(1)}]`;
      return `${name} ${median(times).toFixed(1)} (${Math.min(...times).toFixed(1)}-${Math.max(...times).toFixed(1)})${tells}`;
    });
    console.log(`  ${String(functions).padStart(6)} functions: ${cells.join('   ')}`);
  }
}
