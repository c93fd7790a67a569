/** A request whose target and headers every reader takes for the same, or why it is refused: before anything else is looked at. */

import type { IncomingMessage } from 'node:http';
import { parseRequestTarget, type RequestTarget } from '@nops/core/protocol/request-target';
import { repeatedHeader } from '@nops/core/protocol/single-headers';

export type Plain = RequestTarget;

export function plainRequest({ url, rawHeaders }: IncomingMessage): Plain | { refused: string } {
  const target = parseRequestTarget(url ?? '');
  if (target === undefined)
    return { refused: 'the path is not spelled plainly: no dot segments, encoded characters, backslashes or //' };
  const repeated = repeatedHeader(rawHeaders);
  return repeated === undefined ? target : { refused: `the header ${repeated} comes twice` };
}
