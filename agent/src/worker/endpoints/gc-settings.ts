/** `GET /debug/nops/setgc`: what of V8's heap can be changed now, what can't, and how V8 collects. */

import { parseWhole } from '@nops/core/protocol/parameters';
import type { Handler } from '../context.js';
import { measureGrowth, setgcResult } from '../gc-limits.js';
import { explainNoAnswer } from '../main-thread/stuck.js';

export const gcSettings: Handler = async (asked, context) => {
  const seconds = parseWhole('seconds', asked.params.get('seconds'), { min: 0, max: 60, fallback: 0 });
  try {
    const growth = await measureGrowth(context, seconds, asked.signal);
    const observed = growth === null ? null : { before: growth, after: null };
    return { type: 'json', value: await setgcResult(context, [], observed) };
  } catch (error) {
    throw explainNoAnswer(error, context);
  }
};
