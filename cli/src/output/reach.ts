/** What each way can reach, as lines. */

import type { InfoReach } from '@nops/core/protocol/info-parts';
import type { Output } from './output.js';

export function formatReach(reach: InfoReach[], { colors }: Output): string {
  if (reach.length === 0) return '';
  const lines = reach.map(({ way, works, why }) => {
    const verdict = works ? colors.good('yes') : colors.warn('no ');
    return `    ${way.padEnd(8)} ${verdict}  ${why}\n`;
  });
  return `\n${colors.head('ways to look')}\n${lines.join('')}`;
}
