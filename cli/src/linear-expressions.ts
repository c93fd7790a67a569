/**
 * Expressions that come from elsewhere, such as a profile's own drop_frames or `-focus` over foreign names, must not hold up the command for good. V8 has a
 * second engine, whose time is linear; with this flag an expression is continued there once it has backtracked 50,000 times
 * (--regexp-backtracks-before-fallback). It takes all of RE2's syntax; what only JavaScript has is refused before (goRegExp).
 */

import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
