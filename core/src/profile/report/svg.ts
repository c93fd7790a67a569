/** A graph of calls as SVG, laid out here: it needs no Graphviz, and nothing from elsewhere when it is shown. It is moved and zoomed by its own script. */

import { NopsError } from '../../protocol/errors.js';
import { printable } from '../../units/printable.js';
import type { Arrow, Box, Drawing } from './drawing.js';
import { type Layout, layoutGraph } from './layout/layout.js';
import { textWidth } from './layout/text-width.js';
import { panAndZoom } from './svg-script.js';

/** The time for the layout grows with them; nobody reads more. */
const maxBoxes = 5_000;
const maxArrows = 50_000;

const lineHeight = 1.2;
const padding = 6;
const arrowFontSize = 11;
const legendFontSize = 14;
const margin = 12;

export function svgText({ title, legend: labels, parts, arrows: calls }: Drawing): string {
  const legend = labels.flatMap(label => label.split('\n'));
  const boxes = parts.flatMap(part => part.boxes);
  const arrows = [...parts.flatMap(part => part.arrows), ...calls];
  if (boxes.length > maxBoxes || arrows.length > maxArrows) {
    throw new NopsError(
      'usage',
      `a graph of ${boxes.length} boxes and ${arrows.length} arrows is too large to draw`,
      '-nodecount=500 leaves the most important ones.',
    );
  }
  const numbers = new Map(boxes.map(({ id }, b) => [id, b]));
  const sizes = boxes.map(({ lines, fontSize }) => ({
    width: Math.max(30, ...lines.map(line => textWidth(line, fontSize))) + 2 * padding,
    height: lines.length * fontSize * lineHeight + 2 * padding,
  }));
  const layout = layoutGraph(
    sizes,
    arrows.map(({ from, to, length, weight, lines }) => ({
      from: numbers.get(from) ?? 0,
      to: numbers.get(to) ?? 0,
      length,
      weight,
      labelWidth: Math.max(...lines.map(line => textWidth(line, arrowFontSize))) + 6,
      labelHeight: lines.length * arrowFontSize * lineHeight,
    })),
  );
  const legendHeight = legend.length * legendFontSize * lineHeight + 2 * padding;
  const legendWidth = Math.max(0, ...legend.map(line => textWidth(line, legendFontSize))) + 2 * padding;
  const width = Math.ceil(Math.max(layout.width, legendWidth) + 2 * margin);
  const height = Math.ceil(layout.height + legendHeight + 3 * margin);
  return `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif">
<title>${escaped(title === '' ? 'nops pprof' : title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
<g id="viewport">
<g class="legend" transform="translate(${margin} ${margin})">
<rect width="${round(legendWidth)}" height="${round(legendHeight)}" fill="#f8f8f8" stroke="#999"/>
${texts(legend, padding, padding, legendFontSize, 'start')}
</g>
<g class="graph" transform="translate(${margin} ${round(legendHeight + 2 * margin)})">
${arrows.map((arrow, a) => arrowElement(arrow, layout.routes[a])).join('\n')}
${boxes.map((box, b) => boxElement(box, sizes[b], layout.boxes[b])).join('\n')}
</g>
</g>
<script><![CDATA[${panAndZoom}]]></script>
</svg>
`;
}

function boxElement(
  { id, lines, fontSize, tooltip, colors }: Box,
  { width, height } = { width: 0, height: 0 },
  { x, y } = { x: 0, y: 0 },
): string {
  const place = `x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${round(height)}"`;
  const rect = `<rect ${place} fill="${colors?.fill ?? '#fafaf0'}" stroke="${colors?.line ?? '#888'}"${colors === undefined ? ' rx="4"' : ''}/>`;
  const top = y - height / 2 + padding;
  return `<g class="${colors === undefined ? 'label' : 'node'}" id="${escaped(id)}"><title>${escaped(tooltip)}</title>${rect}${texts(lines, x, top, fontSize, 'middle')}</g>`;
}

function arrowElement(
  { from, to, lines, tooltip, width, color = '#888', dotted }: Arrow,
  route: Layout['routes'][number] | undefined,
): string {
  if (route === undefined) return '';
  const { points, label } = route;
  const [start, ...rest] = points;
  const last = points.at(-1);
  const before = points.at(-2);
  if (start === undefined || last === undefined || before === undefined) return '';
  // The head points along the last bit, which is vertical.
  const size = 4 + width;
  const back = last.y >= before.y ? -size * 1.5 : size * 1.5;
  const ends = rest.map((point, i) => (i === rest.length - 1 ? { x: point.x, y: point.y + back } : point));
  let path = `M${round(start.x)} ${round(start.y)}`;
  let from_ = start;
  for (const point of ends) {
    const middle = round((from_.y + point.y) / 2);
    path +=
      Math.abs(point.x - from_.x) < 0.01
        ? ` L${round(point.x)} ${round(point.y)}`
        : ` C${round(from_.x)} ${middle} ${round(point.x)} ${middle} ${round(point.x)} ${round(point.y)}`;
    from_ = point;
  }
  const head = `M${round(last.x)} ${round(last.y)} l${round(-size / 2)} ${round(back)} l${round(size)} 0 z`;
  const dash = dotted ? ' stroke-dasharray="2 4"' : '';
  const text =
    label === undefined
      ? ''
      : texts(lines, label.x, label.y - (lines.length * arrowFontSize * lineHeight) / 2, arrowFontSize, 'start');
  return `<g class="edge" data-from="${escaped(from)}" data-to="${escaped(to)}"><title>${escaped(tooltip)}</title><path d="${path}" fill="none" stroke="${color}" stroke-width="${width}"${dash}/><path d="${head}" fill="${color}"/>${text}</g>`;
}

function texts(lines: readonly string[], x: number, top: number, fontSize: number, anchor: 'start' | 'middle'): string {
  return lines
    .map(
      (line, i) =>
        `<text x="${round(x)}" y="${round(top + (i + 0.8) * fontSize * lineHeight)}" font-size="${fontSize}"${
          anchor === 'start' ? '' : ` text-anchor="${anchor}"`
        }>${escaped(line)}</text>`,
    )
    .join('');
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Without what XML takes for markup, and what it does not allow at all: control characters, halves of characters and noncharacters. */
function escaped(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
