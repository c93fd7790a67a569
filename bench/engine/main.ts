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
const functionCounts = [1000, 20_000, 100_000];
const intervalMs = 300;
const parts = { concurrent, cancel, pauses };
for (const [name, run] of Object.entries(parts)) if (part === undefined || part === name) await run();

/** Requests per second of a loaded server while it is profiled by none, one, fifty clients. */
async function concurrent(): Promise<void> {
  const seconds = 4;
  const variants = { none: 0, control: 0, one: 1, fifty: 50 };
  const cpu = new Map<string, number[]>(Object.keys(variants).map(name => [name, []]));
  const rates = new Map<string, number[]>(Object.keys(variants).map(name => [name, []]));
  const latest = new Map<string, number[]>(Object.keys(variants).map(name => [name, []]));
  const target = await Target.start(20_000, 'on-demand');
  await load(target.port, 2);
  for (let round = 0; round < rounds; round++) {
    for (const [name, clients] of Object.entries(variants)) {
      const before = target.mainCpuMs;
      const loaded = load(target.port, seconds);
      const answers = await Promise.all(Array.from({ length: clients }, () => target.profile(seconds)));
      if (answers.some(answer => answer.status !== 200)) throw new Error('not all were answered');
      const { rate, requests } = await loaded;
      rates.get(name)?.push(rate);
      cpu.get(name)?.push((target.mainCpuMs - before) / requests);
      latest.get(name)?.push(Math.max(0, ...answers.map(answer => answer.ms)) - seconds * 1000);
      await sleep(500);
    }
  }
  await target.end();
  console.log(
    `concurrent: profiles of ${seconds} s, 20,000 functions, Node ${process.versions.node}, ${rounds} rounds`,
  );
  const show = ({ median: middle, min, max }: ReturnType<typeof ratios>) =>
    `${middle.toFixed(3)} (${min.toFixed(3)}-${max.toFixed(3)})`;
  const of = (all: Map<string, number[]>, name: string) => all.get(name) ?? [];
  for (const [name, clients] of Object.entries(variants)) {
    const last = Math.max(...of(latest, name)).toFixed(0);
    const cells = [
      `throughput ${show(ratios(of(rates, name), of(rates, 'none')))}`,
      `CPU of the main thread per request ${show(ratios(of(cpu, name), of(cpu, 'none')))}`,
      ...(clients === 0 ? [] : [`last answer ${last} ms after its time`]),
    ];
    console.log(`  ${name.padEnd(8)} ${cells.join('   ')}`);
  }
  console.log(
    `  fifty to one: throughput ${show(ratios(of(rates, 'fifty'), of(rates, 'one')))}, CPU per request ${show(ratios(of(cpu, 'fifty'), of(cpu, 'one')))}`,
  );
}

async function load(port: number, seconds: number): Promise<{ rate: number; requests: number }> {
  const result = await autocannon({ url: `http://127.0.0.1:${port}/`, connections: 10, duration: seconds });
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
  return { rate: result.requests.total / result.duration, requests: result.requests.total };
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

/**
 * CPU that an idle main thread uses in 0.3 s in which a profile begins or ends: the time for which it is held, whatever else the machine does.
 * What it uses for the samples of that time is in the control of its kind.
 */
async function pauses(): Promise<void> {
  console.log(`pauses: CPU ms of the main thread, median of ${rounds} (smallest-largest), without the control's`);
  for (const functions of functionCounts) {
    const seen = new Map<string, number[]>();
    const note = (name: string, ms: number) => seen.set(name, [...(seen.get(name) ?? []), ms]);
    for (const mode of ['warm', 'on-demand'] as const) {
      const target = await Target.start(functions, mode);
      await sleep(2000);
      for (let round = 0; round < rounds * 2; round++) {
        const id = `${mode}-${round}`;
        note(`${mode} control`, await within(target, async () => {}));
        let ended: Promise<unknown> = Promise.resolve();
        note(
          `${mode} start`,
          await within(target, async () => {
            ({ ended } = await target.begin(id));
          }),
        );
        await sleep(700);
        note(
          `${mode} stop`,
          await within(target, async () => {
            target.stop(id);
            await ended;
            while (mode === 'on-demand' && target.isSampled) await sleep(1);
          }),
        );
        await sleep(300);
      }
      await target.end();
    }
    const cells = [...seen].map(([name, all]) => {
      const control = median(seen.get(`${name.split(' ')[0]} control`) ?? []);
      const [least, most] = [Math.min(...all), Math.max(...all)];
      if (name.endsWith('control')) return `${name} ${control.toFixed(1)} (${least.toFixed(1)}-${most.toFixed(1)})`;
      return `${name} ${(median(all) - control).toFixed(1)} (${(least - control).toFixed(1)}-${(most - control).toFixed(1)})`;
    });
    console.log(`  ${String(functions).padStart(6)} functions: ${cells.join('   ')}`);
  }
}

/** CPU of the main thread in an interval in which `what` happens. */
async function within(target: Target, what: () => Promise<unknown>): Promise<number> {
  const before = target.mainCpuMs;
  const began = performance.now();
  await what();
  const leftMs = intervalMs - (performance.now() - began);
  if (leftMs > 0) await sleep(leftMs);
  return target.mainCpuMs - before;
}
