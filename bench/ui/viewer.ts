/** The viewers that are compared: where each is opened, when it shows everything, and how it is zoomed, panned, pointed at and searched. */

export interface Size {
  width: number;
  height: number;
}

export interface Viewer {
  name: string;
  /** Relative to where it is served; `file` is below /data/. */
  path(file: string): string;
  /** The arguments of its own command that write the page of a file, for a viewer that has no page that reads one. */
  writes?(file: string, page: string): string[];
  /** An expression that is true when everything is drawn. */
  ready: string;
  /** The element that events go to. */
  canvas: string;
  search: string;
  /** What tells how much was found. */
  found: string;
  /** Of the window; `canvas`: how large the first viewer's is, for the others to draw as many pixels. */
  window(canvas: Size): Size;
  /** Of a row of boxes, from the canvas's upper edge, the root's first. */
  rowPx: number;
  /** What a wheel turns for e^0.5 times as much in view. */
  notchPx: number;
}

const usual: Size = { width: 1280, height: 720 };

export const nops: Viewer = {
  name: 'nops ui',
  path: () => '',
  ready: `document.querySelector('.functions tbody td') !== null && document.querySelector('.flame canvas')?.width > 300`,
  canvas: '.flame canvas',
  search: '#search',
  found: '#found',
  window: () => usual,
  rowPx: 19,
  notchPx: 125,
};

export const prototype: Viewer = {
  name: 'prototype',
  path: file => `?p=${file}`,
  ready: 'window.READY === 1',
  canvas: '#c',
  search: '#s',
  found: '#info',
  // Above its canvas there is a line of 30 pixels.
  window: ({ width, height }) => ({ width, height: height + 30 }),
  rowPx: 18,
  notchPx: 100,
};

/** Opened in its own order of time; the tab's title is the profile's name when it is there. */
export const speedscope: Viewer = {
  name: 'speedscope',
  path: file => `#profileURL=/data/${file}`,
  ready: `document.title !== '' && !document.title.startsWith('speedscope') && document.querySelector('canvas') !== null`,
  canvas: '',
  search: '',
  found: '',
  window: () => usual,
  rowPx: 0,
  notchPx: 0,
};

/** Its command writes a page with the profile in it. */
export const reactPprof: Viewer = {
  ...speedscope,
  name: 'react-pprof',
  path: () => '',
  writes: (file, page) => ['react-pprof/cli.js', '-o', page, file],
  ready: `document.querySelector('canvas')?.width > 300`,
};
