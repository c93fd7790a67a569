/**
 * The load: connections that each send the next request when the last is answered, until the process ends. Told to measure, it reports
 * the answers of the next seconds. Environment: LOAD_URL, LOAD_CONNECTIONS.
 */

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';
import { onMessage, ready } from './lifeline.js';

interface Measurement {
  histogram: RecordableHistogram;
  errors: number;
}

let measuring: Measurement | undefined;

const run = autocannon(
  {
    url: process.env['LOAD_URL'] ?? '',
    connections: Number(process.env['LOAD_CONNECTIONS'] ?? 100),
    duration: 24 * 3600,
    timeout: 60,
  },
  () => {},
);

run.on('response', (_client: unknown, statusCode: number, _bytes: number, responseTime: number) => {
  if (measuring === undefined) return;
  if (statusCode === 200) measuring.histogram.record(Math.max(1, Math.round(responseTime * 1000)));
  else measuring.errors++;
});
run.on('reqError', () => {
  if (measuring !== undefined) measuring.errors++;
});

onMessage(message => {
  if (message.type !== 'measure') return;
  const current: Measurement = { histogram: createHistogram(), errors: 0 };
  const began = performance.now();
  measuring = current;
  setTimeout(() => {
    measuring = undefined;
    const seconds = (performance.now() - began) / 1000;
    const { histogram, errors } = current;
    const answered = histogram.count > 0;
    process.send?.({
      type: 'measured',
      rps: histogram.count / seconds,
      p50: answered ? histogram.percentile(50) / 1000 : null,
      p99: answered ? histogram.percentile(99) / 1000 : null,
      errors,
    });
  }, Number(message['seconds']) * 1000);
});

ready({});
