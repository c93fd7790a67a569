/** Damaged and cut traces: what is there is read, and the share that is lost is told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { NopsError } from '@nops/core/protocol/errors';
import { formatVersion } from '@nops/core/trace/format';
import type { Trace } from '@nops/core/trace/model';
import { loadTrace } from 'nops/dist/trace/load.js';
import { leaveAfter, startTraced } from './service.js';

test('damaged and cut traces', async t => {
  const target = await startTraced(t);
  const { status, body } = await target.ask('/debug/pprof/trace?seconds=2');
  assert.equal(status, 200);
  const whole = await loadTrace(body);
  assert.equal(whole.damaged, 0);
  assert.notEqual(whole.end, null);

  await t.test('the endpoint’s alias answers the same kind of file', async () => {
    const alias = await target.ask('/debug/trace?seconds=1&hz=0');
    assert.match(String(alias.headers['content-disposition']), /trace\.json\.gz/);
    const trace = await loadTrace(alias.body);
    assert.equal(trace.samples.ticks.length, 0);
    assert.ok(trace.tasks.count > 0);
  });

  await t.test('cut at any place: all before it is there', async () => {
    for (const share of [0.3, 0.6, 0.9]) {
      const cut = await loadTrace(body.subarray(0, Math.floor(body.length * share)));
      assert.equal(cut.end, null);
      assert.ok(
        cut.events > whole.events * share * 0.5 && cut.events < whole.events,
        `${cut.events} of ${whole.events}`,
      );
      isWell(cut);
    }
  });

  await t.test('bytes damaged in the middle: what follows is read again', async () => {
    const damaged = Buffer.from(body);
    // Of records: CPU samples are damaged elsewhere.
    const middle = Math.floor(body.length / 4);
    for (let i = 0; i < 200; i++) damaged[middle + i] = (damaged[middle + i] ?? 0) ^ 0x5a;
    const trace = await loadTrace(damaged);
    assert.ok(trace.damaged > 0 && trace.damaged < 0.5, String(trace.damaged));
    assert.ok(trace.events > whole.events / 2, `${trace.events} of ${whole.events}`);
    assert.notEqual(trace.end, null, 'its end was read');
    isWell(trace);
  });

  await t.test('a line damaged in plain text', async () => {
    const lines = gunzipSync(body).toString().split('\n');
    const index = lines.findIndex((line, i) => i > 10 && line.includes('nops.records'));
    lines[index] = (lines[index] ?? '').slice(0, 80);
    const trace = await loadTrace(Buffer.from(lines.join('\n')));
    assert.ok(trace.damaged > 0 && trace.events < whole.events);
    isWell(trace);
  });

  await t.test('a client that leaves has what came until then, and the next one can record', async () => {
    const cut = await loadTrace(await leaveAfter(target, 700));
    assert.equal(cut.end, null);
    assert.ok(cut.ticks > 0.3e7 && cut.tasks.count > 0);
    isWell(cut);
    await new Promise(resolve => setTimeout(resolve, 500));
    assert.equal((await target.ask('/debug/trace?seconds=1')).status, 200);
  });

  await t.test('a second one at the same time is refused', async () => {
    const first = target.ask('/debug/trace?seconds=1');
    await new Promise(resolve => setTimeout(resolve, 300));
    const second = await target.ask('/debug/trace?seconds=1');
    assert.equal(second.status, 429);
    assert.match(second.text, /being recorded already/);
    assert.equal((await first).status, 200);
  });

  await t.test('what is no trace, and one of a later format, are refused', async () => {
    const text = gunzipSync(body).toString();
    for (const other of ['', '{"traceEvents":[]}', 'text', text.replace('nops.trace', 'other')]) {
      await assert.rejects(loadTrace(Buffer.from(other)), refusal('usage', /no trace of nops/));
      await assert.rejects(loadTrace(gzipSync(other)), refusal('usage', /no trace of nops/));
    }
    const later = text.replace(`"version":${formatVersion}`, `"version":${formatVersion + 1}`);
    await assert.rejects(loadTrace(Buffer.from(later)), refusal('impossible', /has format/));
  });
});

/** Its columns fit together: segments in order and not overlapping. */
function isWell({ segments }: Trace): void {
  for (let i = 0; i < segments.count; i++) {
    assert.ok((segments.end[i] ?? 0) >= (segments.begin[i] ?? 0));
    if (i > 0) assert.ok((segments.begin[i] ?? 0) >= (segments.end[i - 1] ?? 0));
  }
}

function refusal(code: string, message: RegExp): (error: unknown) => boolean {
  return error => error instanceof NopsError && error.code === code && message.test(error.message);
}
