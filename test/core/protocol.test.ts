/** What the agent and the command agree on: errors, parameters, announcements, endpoints. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Announcement,
  announcementFolders,
  announcementName,
  parseAnnouncement,
  parseAnnouncementName,
} from '@nops/core/protocol/announcement';
import { endpoints } from '@nops/core/protocol/endpoints';
import {
  type ErrorCode,
  exitCodes,
  fromErrorBody,
  httpStatuses,
  NopsError,
  toErrorBody,
} from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';

const codes = Object.keys(exitCodes) as ErrorCode[];

test('errors survive the way over the wire', () => {
  for (const code of codes) {
    for (const next of [undefined, 'nops   lists the processes']) {
      const error = new NopsError(code, `why "${code}"`, next);
      const back = fromErrorBody(JSON.parse(JSON.stringify(toErrorBody(error))));
      assert.ok(back instanceof NopsError);
      assert.deepEqual([back.code, back.message, back.next, back.name], [code, error.message, next, 'NopsError']);
    }
  }
});

test('what is no error body is not taken for one', () => {
  const bodies: unknown[] = [
    null,
    undefined,
    'text',
    42,
    [],
    {},
    { error: null },
    { error: 'text' },
    { error: { code: 'usage' } },
    { error: { message: 'no code' } },
    { error: { code: 'usage', message: 1 } },
    { error: { code: 'unheard-of', message: 'x' } },
    { error: { code: 'constructor', message: 'x' } },
  ];
  for (const body of bodies) assert.equal(fromErrorBody(body), undefined, JSON.stringify(body));
});

test('exit codes and HTTP statuses are different for each kind of error, and never those of success', () => {
  assert.equal(new Set(Object.values(exitCodes)).size, codes.length);
  assert.equal(new Set(Object.values(httpStatuses)).size, codes.length);
  assert.deepEqual(Object.keys(httpStatuses), codes);
  assert.ok(Object.values(exitCodes).every(code => code > 1 && code < 64));
  assert.ok(Object.values(httpStatuses).every(status => status >= 400));
});

const bounds = { min: 1, max: 300, fallback: 30 };

test('parseWhole takes whole numbers within the bounds', () => {
  const taken: [string | null | undefined, number][] = [
    [undefined, 30],
    [null, 30],
    ['1', 1],
    ['300', 300],
    ['007', 7],
  ];
  for (const [text, value] of taken) assert.equal(parseWhole('seconds', text, bounds), value);
  assert.equal(parseWhole('n', '0', { min: 0, max: 0, fallback: 5 }), 0);
  assert.equal(parseWhole('n', null, { min: 1, max: 2, fallback: 9 }), 9);
});

test('parseWhole refuses everything else and says what would do', () => {
  const refused = [
    '',
    'abc',
    '0',
    '301',
    '-1',
    '+1',
    '1.5',
    '1e2',
    '0x10',
    ' 1',
    '1 ',
    '1\n',
    '１',
    '9'.repeat(30),
    'NaN',
  ];
  for (const text of refused) {
    assert.throws(
      () => parseWhole('seconds', text, bounds),
      (error: unknown) => {
        assert.ok(error instanceof NopsError);
        assert.equal(error.code, 'usage');
        assert.equal(
          error.message,
          `invalid value for "seconds": ${JSON.stringify(text)} - must be a whole number from 1 to 300`,
        );
        return true;
      },
    );
  }
});

const announcement: Announcement = {
  schema: 'nops.agent/1',
  pid: 42,
  startTime: '123456',
  socketPath: '/run/user/0/nops/nops-42-123456.sock',
  name: 'web',
  node: '20.19.0',
  agent: '0.1.0',
};

test('an announcement is read as it was written', () => {
  assert.deepEqual(parseAnnouncement(JSON.stringify(announcement)), announcement);
  assert.equal(parseAnnouncement(JSON.stringify({ ...announcement, name: null }))?.name, null);
  const { name: _name, ...unnamed } = announcement;
  assert.equal(parseAnnouncement(JSON.stringify(unnamed))?.name, null);
  assert.equal(parseAnnouncement(JSON.stringify({ ...announcement, name: 7 }))?.name, null);
});

test('what is no announcement is not taken for one', () => {
  const text = JSON.stringify(announcement);
  for (let length = 0; length < text.length; length++)
    assert.equal(parseAnnouncement(text.slice(0, length)), undefined);
  for (const other of ['null', '1', '"text"', '[]', '{}', 'not JSON', '\0'.repeat(100)])
    assert.equal(parseAnnouncement(other), undefined, other);
  for (const field of ['schema', 'pid', 'startTime', 'socketPath', 'node', 'agent'] as const) {
    for (const value of [undefined, null, {}, field === 'pid' ? '42' : 42])
      assert.equal(parseAnnouncement(JSON.stringify({ ...announcement, [field]: value })), undefined, field);
  }
  assert.equal(parseAnnouncement(JSON.stringify({ ...announcement, schema: 'nops.agent/2' })), undefined);
});

test('announcement names lead back to the process', () => {
  for (const ending of ['json', 'sock'])
    assert.deepEqual(parseAnnouncementName(`${announcementName(42, '123456')}.${ending}`), {
      pid: 42,
      startTime: '123456',
    });
  const others = [
    'nops-42-123456',
    'nops-42-123456.json.tmp',
    'nops-42.json',
    'nops--1-2.json',
    'xnops-1-2.json',
    'nops-1-2.json\n',
    '',
  ];
  for (const name of others) assert.equal(parseAnnouncementName(name), undefined, name);
  assert.deepEqual(announcementFolders(1000), ['/run/user/1000/nops', '/tmp/nops-1000', '/dev/shm/nops-1000']);
});

test('every endpoint has one place, a method and words', () => {
  const places = Object.values(endpoints).map(({ method, path }) => `${method} ${path}`);
  assert.equal(new Set(places).size, places.length);
  for (const { path, description } of Object.values(endpoints)) {
    assert.match(path, /^\/debug\/(?:pprof\/|nops\/|trace$)/);
    assert.match(description, /\.$/);
  }
});
