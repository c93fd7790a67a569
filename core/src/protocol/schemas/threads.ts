/** What threads do, and what descriptors stand for: parts of several answers. */

import type { FdTarget, OtherEnd, StackFrame, StackThread, SystemCall, TcpState, ThreadActivity } from '../results.js';
import { count, flag, list, oneOf, optional, type Schema, shape, text, texts } from './build.js';

export const tcpState: Schema<TcpState> = oneOf(
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
  'UNKNOWN',
);

export const fdKind: Schema<FdTarget['kind']> = oneOf(
  'tcp',
  'udp',
  'unix',
  'socket',
  'pipe',
  'fifo',
  'file',
  'directory',
  'device',
  'eventpoll',
  'eventfd',
  'io_uring',
  'inotify',
  'anon',
  'unknown',
);

export const fdTarget = shape<FdTarget>({
  kind: fdKind,
  path: text,
  local: optional(text),
  peer: optional(text),
  tcpState: optional(tcpState),
  recvQ: optional(count),
  sendQ: optional(count),
  otherEnd: optional(list(shape<OtherEnd>({ pid: count, name: text, fd: count }))),
});

const activity = {
  state: oneOf('running', 'sleeping', 'disk', 'stopped', 'zombie', 'unknown'),
  syscall: optional(shape<SystemCall>({ name: text, args: texts, fd: optional(count), target: optional(fdTarget) })),
};

export const threadActivity = shape<ThreadActivity>(activity);

const frame = shape<StackFrame>({
  function: text,
  class: optional(text),
  url: text,
  line: count,
  column: count,
  kind: oneOf('js', 'builtin', 'native', 'wasm'),
  inlined: flag,
  tier: optional(oneOf('interpreted', 'baseline', 'maglev', 'turbofan')),
  generated: optional(shape<NonNullable<StackFrame['generated']>>({ url: text, line: count, column: count })),
});

export const stackThread = shape<StackThread>({
  ...activity,
  tid: count,
  name: text,
  role: oneOf('main', 'worker', 'libuv', 'v8', 'other'),
  accuracy: oneOf('exact', 'callers', 'none'),
  frames: list(frame),
});
