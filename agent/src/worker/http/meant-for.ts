/** Says which process answers, and refuses what is meant for another: a socket's name can come to lead elsewhere than where it was looked up. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { NopsError } from '@nops/core/protocol/errors';
import {
  answeredByHeader,
  formatProcessName,
  meantForHeader,
  misdirectedStatus,
  type ProcessName,
} from '@nops/core/protocol/handshake';
import { sendFailure } from './respond.js';

/** Whether the request is for this process, or for whichever answers. Otherwise it is refused, and the response is sent. */
export function isMeantForUs(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { startTime }: Pick<ProcessName, 'startTime'>,
): boolean {
  const own = formatProcessName({ pid: process.pid, startTime });
  response.setHeader(answeredByHeader, own);
  const wanted = request.headers[meantForHeader];
  if (wanted === undefined || wanted === own) return true;
  const message = `this is process ${process.pid}, and the request is meant for another: nothing was done`;
  sendFailure(response, path, misdirectedStatus, new NopsError('no-permission', message));
  return false;
}
