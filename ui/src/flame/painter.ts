/**
 * Draws what is visible of a flame graph. Everything is in device pixels, on their edges. One pass sorts boxes into buckets by colour,
 * each is filled at once, and labels come last; the widths of labels are measured once per function.
 */

import type { FlameLayout } from '@nops/core/profile/flame-layout';
import { type FlameSink, forEachVisible } from '@nops/core/profile/flame-view';
import { frameCategories } from '@nops/core/profile/frame-category';
import type { Found } from '../worker/messages.js';
import { colorOf, shades, type Theme } from './theme.js';

export interface Scene {
  layout: FlameLayout;
  /** By group of functions: what stands in a box, and its colour: category · shades + shade. */
  labels: string[];
  colors: Uint8Array;
  rootLabel: string;
  from: number;
  to: number;
  scrollTop: number;
  found: Found | undefined;
  /** Boxes above it are its ancestors, and drawn as such. */
  zoomedRow: number;
  /** Boxes that get an outline; −1: none. */
  focused: number;
  hovered: number;
  theme: Theme;
}

/** Of a row, with the gap below it, in CSS pixels. */
export const rowHeight = 19;
const fontPx = 12;
const paddingPx = 4;
const shortestLabelPx = 22;
const fadedAlpha = 0.35;

/** Numbers of the buckets after those of the categories' colours. */
const ancestors = frameCategories.length * shades;
const thin = ancestors + 1;
const foundBoxes = thin + 1;
const bucketCount = foundBoxes + 1;

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #ratio = 1;
  /** Width by group of functions, 0 until it is measured; for one set of labels at one pixel ratio. */
  #widths = new Float32Array();
  #measured: string[] | undefined;
  /** x, y and width of each box, three numbers a box. */
  readonly #buckets: number[][] = Array.from({ length: bucketCount }, () => []);
  /** Box, x, y and width. */
  readonly #labeled: number[] = [];
  /** Outlines: box, x, y and width. */
  readonly #outlined: number[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('this browser has no 2D canvas');
    this.#context = context;
  }

  /** In CSS pixels. */
  resize(width: number, height: number, ratio: number): void {
    this.#canvas.width = Math.max(1, Math.round(width * ratio));
    this.#canvas.height = Math.max(1, Math.round(height * ratio));
    if (ratio !== this.#ratio) this.#measured = undefined;
    this.#ratio = ratio;
  }

  paint(scene: Scene): void {
    const { width, height } = this.#canvas;
    const context = this.#context;
    context.fillStyle = scene.theme.background;
    context.fillRect(0, 0, width, height);
    if (scene.to <= scene.from) return;
    this.#collect(scene, width, height);
    this.#fill(scene);
    this.#write(scene);
    this.#outline(scene);
  }

  #collect(scene: Scene, widthPx: number, height: number): void {
    const { layout, found, from, to, zoomedRow, colors } = scene;
    const ratio = this.#ratio;
    const rowPx = rowHeight * ratio;
    const top = scene.scrollTop * ratio;
    for (const bucket of this.#buckets) bucket.length = 0;
    this.#labeled.length = 0;
    this.#outlined.length = 0;
    const put = (bucket: number, left: number, y: number, width: number) =>
      this.#buckets[bucket]?.push(left, y, width > 3 * ratio ? width - Math.ceil(ratio / 2) : width);
    const sink: FlameSink = {
      box: (box, row, leftPx, wide) => {
        const left = Math.round(leftPx);
        const width = Math.max(1, Math.round(leftPx + wide) - left);
        const y = Math.round(row * rowPx - top);
        const group = layout.groups[box] ?? 0;
        if (row < zoomedRow || box === 0) put(ancestors, left, y, width);
        else if (found?.groups[group] === 1) put(foundBoxes, left, y, width);
        else put(colors[group] ?? 0, left, y, width);
        if (width >= shortestLabelPx * ratio) this.#labeled.push(box, left, y, width);
        if (box === scene.focused || box === scene.hovered) this.#outlined.push(box, left, y, width);
      },
      run: (row, left, width, isFound) => put(isFound ? foundBoxes : thin, left, Math.round(row * rowPx - top), width),
    };
    const window = { from, to, widthPx, firstRow: Math.floor(top / rowPx), endRow: Math.ceil((top + height) / rowPx) };
    forEachVisible(layout, window, found?.matches, sink);
  }

  /** While something is searched, everything else fades. */
  #fill({ theme, found }: Scene): void {
    const context = this.#context;
    const heightPx = Math.round((rowHeight - 1) * this.#ratio);
    for (const [index, bucket] of this.#buckets.entries()) {
      if (bucket.length === 0) continue;
      context.fillStyle = bucketColor(theme, index);
      context.globalAlpha = found !== undefined && index !== foundBoxes ? fadedAlpha : 1;
      context.beginPath();
      for (let i = 0; i < bucket.length; i += 3) {
        context.rect(bucket[i] ?? 0, bucket[i + 1] ?? 0, bucket[i + 2] ?? 0, heightPx);
      }
      context.fill();
    }
    context.globalAlpha = 1;
  }

  #write(scene: Scene): void {
    const { layout, theme, labels } = scene;
    const context = this.#context;
    const ratio = this.#ratio;
    context.font = `${fontPx * ratio}px system-ui, sans-serif`;
    context.textBaseline = 'middle';
    context.direction = 'ltr';
    if (this.#measured !== labels) {
      this.#measured = labels;
      this.#widths = new Float32Array(labels.length);
    }
    const middle = ((rowHeight - 1) * ratio) / 2 + ratio / 2;
    for (let i = 0; i < this.#labeled.length; i += 4) {
      const [box = 0, left = 0, y = 0, width = 0] = this.#labeled.slice(i, i + 4);
      const isAncestor = box === 0 || y / ratio + scene.scrollTop < scene.zoomedRow * rowHeight - rowHeight / 2;
      context.fillStyle = isAncestor ? theme.ancestorText : theme.text;
      const room = width - 2 * paddingPx * ratio;
      const group = layout.groups[box] ?? 0;
      const text = box === 0 ? scene.rootLabel : this.#fit(labels[group] ?? '', group, room);
      if (text !== '') context.fillText(text, left + paddingPx * ratio, y + middle, room);
    }
  }

  /** As much of the label as there is room for; names are long, so their beginning says most. */
  #fit(label: string, group: number, room: number): string {
    let width = this.#widths[group] ?? 0;
    if (width === 0) {
      width = this.#context.measureText(label).width;
      this.#widths[group] = width;
    }
    if (width <= room) return label;
    const characters = Math.floor((room / width) * label.length) - 1;
    return characters < 2 ? '' : `${label.slice(0, characters)}…`;
  }

  #outline({ theme, focused }: Scene): void {
    const context = this.#context;
    const heightPx = Math.round((rowHeight - 1) * this.#ratio);
    context.strokeStyle = theme.outline;
    for (let i = 0; i < this.#outlined.length; i += 4) {
      const [box, left = 0, y = 0, width = 0] = this.#outlined.slice(i, i + 4);
      const line = (box === focused ? 2 : 1) * this.#ratio;
      context.lineWidth = line;
      context.strokeRect(left + line / 2, y + line / 2, Math.max(line, width - line), heightPx - line);
    }
  }
}

function bucketColor(theme: Theme, bucket: number): string {
  if (bucket === ancestors) return theme.ancestor;
  if (bucket === thin) return theme.thin;
  if (bucket === foundBoxes) return theme.found;
  return colorOf(theme, frameCategories[Math.floor(bucket / shades)] ?? 'app', bucket % shades);
}
