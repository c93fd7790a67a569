/**
 * `/debug/pprof/symbol`: Go's clients ask it for the names of addresses. Our profiles have names and no addresses, so there is nothing to
 * look up, and it says so in their words.
 */

import type { Handler } from '../context.js';

export const symbol: Handler = () => ({ type: 'text', text: 'num_symbols: 0\n' });
