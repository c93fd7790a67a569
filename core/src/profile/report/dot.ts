/** A graph of calls for Graphviz, as Go's `-dot` writes it. */

import type { Arrow, Box, Drawing } from './drawing.js';

export function dotText({ title, legend, parts, arrows }: Drawing): string {
  const head = `subgraph cluster_L { "${quoted(legend[0] ?? '')}" [shape=box fontsize=16 label="${legend
    .map(quoted)
    .join('\\l')}\\l"${title === '' ? '' : ` tooltip="${quoted(title)}"`}] }`;
  const lines = [
    `digraph "${title === '' ? 'unnamed' : quoted(title)}" {`,
    'node [style=filled fillcolor="#f8f8f8"]',
    head,
    ...parts.flatMap(part => {
      const [node, ...labels] = part.boxes;
      return [
        ...(node === undefined ? [] : [nodeLine(node)]),
        ...labels.flatMap((label, i) => [labelLine(label), ...part.arrows.slice(i, i + 1).map(labelArrow)]),
      ];
    }),
    ...arrows.map(arrowLine),
  ];
  return `${lines.join('\n')}\n}\n`;
}

function nodeLine({ id, lines, fontSize, tooltip, colors }: Box): string {
  return `${id} [label="${lines.map(quoted).join('\\n')}" id="node${id.slice(1)}" fontsize=${fontSize} shape=box tooltip="${quoted(
    tooltip,
  )}" color="${colors?.line}" fillcolor="${colors?.fill}"]`;
}

function arrowLine({ from, to, lines, tooltip, weight, width, color, dotted, length }: Arrow): string {
  const told = `"${quoted(tooltip)}"`;
  return [
    `${from} -> ${to} [label=" ${lines.map(quoted).join('\\n ')}"`,
    ...(weight > 1 ? [`weight=${weight}`] : []),
    ...(width > 1 ? [`penwidth=${width}`] : []),
    ...(color === undefined ? [] : [`color="${color}"`]),
    `tooltip=${told} labeltooltip=${told}`,
    ...(dotted ? ['style="dotted"'] : []),
    ...(length > 1 ? [`minlen=${length}`] : []),
  ]
    .join(' ')
    .concat(']');
}

function labelLine({ id, lines, tooltip }: Box): string {
  return `${id} [label = "${lines.map(quoted).join('\\n')}" id="${id}" fontsize=8 shape=box3d tooltip="${tooltip}"]`;
}

function labelArrow({ from, to, tooltip, weight, dotted }: Arrow): string {
  return `${from} -> ${to} [label=" ${tooltip}" weight=${weight} tooltip="${tooltip}" labeltooltip="${tooltip}"${
    dotted ? ' style="dotted"' : ''
  }]`;
}

/** Lines within a text are aligned left. */
function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\l');
}
