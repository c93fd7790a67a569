/** `/debug/pprof/cmdline`: as Go has it, arguments separated by NUL. */

import type { Handler } from '../context.js';
import { commandLine } from '../process-facts.js';

export const cmdline: Handler = () => ({ type: 'text', text: commandLine().join('\0') });
