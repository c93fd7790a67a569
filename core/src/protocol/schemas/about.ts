/** What every answer about one process has. */

import type { Result } from '../results.js';
import { count, exactly, oneOf, texts } from './build.js';

export function about<const Name extends string>(name: Name) {
  const schema: Result<Name>['schema'] = `nops.${name}/1`;
  return { schema: exactly(schema), pid: count, way: oneOf('beside', 'agent', 'through'), notes: texts };
}
