/** A flame graph as SVG: what the canvas shows, all rows of it, in the light colours; each box tells its name when it is pointed at. */

import { rowCount } from '@nops/core/profile/flame/layout';
import { forEachVisible } from '@nops/core/profile/flame/view';
import type { Flame } from '@nops/core/profile/query/engine';
import { changeColor, coloring } from './coloring.js';
import { rowHeight } from './painter.js';
import { cssColor, lightTheme } from './theme.js';

const widthPx = 1200;
/** Of a letter, about; what does not fit is cut. */
const letterPx = 6.6;
/** Larger pictures are opened by nothing. */
const maxBoxes = 50_000;

export function flameSvg({
  flame,
  from,
  to,
  labels,
  title,
}: {
  flame: Flame;
  from: number;
  to: number;
  labels: string[];
  title(box: number): string;
}): string {
  const { layout } = flame;
  const rows = rowCount(layout);
  const { palette, ofGroup } = coloring.peek();
  const parts: string[] = [];
  const rect = (left: number, row: number, width: number, color: number) =>
    `<rect x="${left.toFixed(1)}" y="${row * rowHeight}" width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${rowHeight - 1}" fill="${cssColor(color)}"`;
  forEachVisible(layout, { from, to, widthPx, firstRow: 0, endRow: rows }, undefined, {
    box(box, row, left, width) {
      if (parts.length > maxBoxes) return;
      const group = layout.groups[box] ?? 0;
      const color =
        box === 0 ? lightTheme.ancestor : (lightTheme[palette][ofGroup?.[group] ?? changeColor(flame, box)] ?? 0);
      const letters = Math.floor((width - 8) / letterPx);
      const label = box === 0 ? 'all' : (labels[group] ?? '');
      const text = label.length <= letters ? label : letters > 2 ? `${label.slice(0, letters - 1)}…` : '';
      parts.push(
        `${rect(left, row, width, color)}><title>${escapeXml(title(box))}</title></rect>` +
          (text === ''
            ? ''
            : `<text x="${(left + 4).toFixed(1)}" y="${row * rowHeight + 13}">${escapeXml(text)}</text>`),
      );
    },
    run(row, left, width) {
      if (parts.length <= maxBoxes) parts.push(`${rect(left, row, width, lightTheme.thin)}/>`);
    },
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${widthPx} ${rows * rowHeight}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="${lightTheme.text}">\n${parts.join('\n')}\n</svg>\n`
  );
}

/** Characters that XML does not allow at all were made visible before. */
function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
