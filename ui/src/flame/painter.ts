/**
 * Draws what is visible of a flame graph. All rows of a box are alike, so one line of pixels is made for each row of boxes, copied down in a
 * strip, and handed over; labels come last. So a frame costs its pixels and labels, however many boxes there are.
 */

import { type FlameLayout, rowCount } from '@nops/core/profile/flame/layout';
import type { FlameMatches } from '@nops/core/profile/flame/search';
import { type FlameSink, forEachVisible } from '@nops/core/profile/flame/view';
import type { Flame } from '@nops/core/profile/query/engine';
import { type Coloring, changeColor } from './coloring.js';
import { cssColor, faded, type Theme } from './theme.js';

export interface Scene {
  flame: Flame;
  /** By group: what stands in a box. */
  labels: string[];
  coloring: Coloring;
  rootLabel: string;
  from: number;
  to: number;
  scrollTop: number;
  /** 1 by group, and the matches of this flame; undefined: nothing is searched. */
  found: { groups: Uint8Array; matches: FlameMatches } | undefined;
  /** Boxes above it are its ancestors, and drawn as such. */
  zoomedRow: number;
  /** Box that gets an outline; −1: none. */
  focused: number;
  theme: Theme;
}

/** Of a row, with the gap below it, in CSS pixels. */
export const rowHeight = 19;
const fontPx = 12;
const paddingPx = 4;
const shortestLabelPx = 26;

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  /** As wide as the canvas and as high as a box. */
  #strip: ImageData | undefined;
  #ratio = 1;
  /** Width by group, 0 until it is measured; for one set of labels at one pixel ratio. */
  #widths = new Float32Array();
  #measured: string[] | undefined;
  /** Width of single characters, for labels that are cut. */
  readonly #characters = new Map<string, number>();
  /** Box, x, y and width of each label. */
  readonly #labeled: number[] = [];
  #outline: [x: number, y: number, width: number] | undefined;

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
    this.#strip = undefined;
    if (ratio !== this.#ratio) this.#measured = undefined;
    this.#ratio = ratio;
  }

  paint(scene: Scene): void {
    const { width, height } = this.#canvas;
    this.#context.fillStyle = cssColor(scene.theme.background);
    this.#context.fillRect(0, 0, width, height);
    this.#labeled.length = 0;
    this.#outline = undefined;
    if (scene.to <= scene.from) return;
    this.#fillRows(scene, width, height);
    this.#write(scene);
    this.#drawOutline(scene.theme);
  }

  #fillRows(scene: Scene, width: number, height: number): void {
    const { flame, from, to } = scene;
    const ratio = this.#ratio;
    const rowPx = rowHeight * ratio;
    const top = scene.scrollTop * ratio;
    const boxPx = Math.round((rowHeight - 1) * ratio);
    this.#strip ??= this.#context.createImageData(width, boxPx);
    const pixels = new Uint32Array(this.#strip.data.buffer);
    const line = pixels.subarray(0, width);
    const sink = this.#sink(scene, line, top);
    const firstRow = Math.max(0, Math.floor(top / rowPx));
    const endRow = Math.min(rowCount(flame.layout), Math.ceil((top + height) / rowPx));
    for (let row = firstRow; row < endRow; row++) {
      line.fill(scene.theme.background);
      const window = { from, to, widthPx: width, firstRow: row, endRow: row + 1 };
      forEachVisible(flame.layout, window, scene.found?.matches, sink);
      for (let at = 1; at < boxPx; at++) pixels.copyWithin(at * width, 0, width);
      this.#context.putImageData(this.#strip, 0, Math.round(row * rowPx - top));
    }
  }

  /** Fills one line of pixels, and remembers what comes on top. */
  #sink(scene: Scene, line: Uint32Array, top: number): FlameSink {
    const { flame, found, theme, zoomedRow, focused } = scene;
    const { layout } = flame;
    const ratio = this.#ratio;
    const palette = theme[scene.coloring.palette];
    const { ofGroup } = scene.coloring;
    // While something is searched, everything else is of the palette's second, faded half.
    const offset = found === undefined ? 0 : palette.length / 2;
    const thin = found === undefined ? theme.thin : faded(theme.thin, theme);
    const gap = Math.ceil(ratio / 2);
    return {
      box: (box, row, leftPx, widthPx) => {
        const left = Math.round(leftPx);
        const width = Math.max(1, Math.round(leftPx + widthPx) - left);
        const group = layout.groups[box] ?? 0;
        const color =
          row < zoomedRow || box === 0
            ? theme.ancestor
            : found?.groups[group] === 1
              ? theme.found
              : (palette[offset + (ofGroup?.[group] ?? changeColor(flame, box))] ?? 0);
        line.fill(color, left, left + (width > 3 * ratio ? width - gap : width));
        const y = Math.round(row * rowHeight * ratio - top);
        if (width >= shortestLabelPx * ratio) this.#labeled.push(box, left, y, width);
        if (box === focused) this.#outline = [left, y, width];
      },
      run: (_row, left, width, isFound) => line.fill(isFound ? theme.found : thin, left, left + width),
    };
  }

  #write(scene: Scene): void {
    const { theme, labels } = scene;
    const { layout } = scene.flame;
    const context = this.#context;
    const ratio = this.#ratio;
    context.font = `${fontPx * ratio}px system-ui, sans-serif`;
    context.textBaseline = 'middle';
    context.direction = 'ltr';
    if (this.#measured !== labels) {
      this.#measured = labels;
      this.#widths = new Float32Array(labels.length);
      this.#characters.clear();
    }
    const middle = ((rowHeight - 1) * ratio) / 2 + ratio / 2;
    const ancestorsEnd = layout.rowStarts[scene.zoomedRow] ?? 0;
    const all = this.#labeled;
    for (let i = 0; i < all.length; i += 4) {
      const [box, left, y, width] = [all[i] ?? 0, all[i + 1] ?? 0, all[i + 2] ?? 0, all[i + 3] ?? 0];
      const room = width - 2 * paddingPx * ratio;
      const group = layout.groups[box] ?? 0;
      const text = box === 0 ? scene.rootLabel : this.#fit(labels[group] ?? '', group, room);
      if (text === '') continue;
      context.fillStyle = box === 0 || box < ancestorsEnd ? theme.ancestorText : theme.text;
      context.fillText(text, left + paddingPx * ratio, y + middle);
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
    let left = room - this.#widthOf('…');
    let end = 0;
    for (const character of label) {
      left -= this.#widthOf(character);
      if (left < 0) break;
      end += character.length;
    }
    return end < 2 ? '' : `${label.slice(0, end)}…`;
  }

  #widthOf(character: string): number {
    const known = this.#characters.get(character);
    if (known !== undefined) return known;
    const { width } = this.#context.measureText(character);
    this.#characters.set(character, width);
    return width;
  }

  #drawOutline(theme: Theme): void {
    if (this.#outline === undefined) return;
    const [x, y, width] = this.#outline;
    const lineWidth = 2 * this.#ratio;
    const height = Math.round((rowHeight - 1) * this.#ratio);
    this.#context.strokeStyle = theme.outline;
    this.#context.lineWidth = lineWidth;
    const inner = Math.max(lineWidth, width - lineWidth);
    this.#context.strokeRect(x + lineWidth / 2, y + lineWidth / 2, inner, height - lineWidth);
  }
}

/** How high everything is, in CSS pixels. */
export function heightOf(layout: FlameLayout | undefined): number {
  return layout === undefined ? 0 : rowCount(layout) * rowHeight;
}
