/** `POST /debug/nops/lease`: keeps an agent that was attached for a command for as long as the request is open, or for good. */

import type { LeaseResult } from '@nops/core/protocol/attach-results';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { Handler } from '../context.js';

export const lease: Handler = async (asked, { lease, presence, announcement }) => {
  const stay = parseWhole('stay', asked.params.get('stay'), { min: 0, max: 1, fallback: 0 }) === 1;
  if (stay && lease.isLeased) {
    lease.stay();
    delete announcement.leased;
    presence.announce(announcement);
  }
  if (!stay && lease.isLeased) await lease.hold(asked.signal);
  const result: LeaseResult = { schema: 'nops.lease/1', pid: process.pid, leased: lease.isLeased };
  return { type: 'json', value: result };
};
