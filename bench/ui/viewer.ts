/** The viewers that are compared: where each is opened, when it shows everything, and how it is zoomed, panned, pointed at and searched. */

export interface Viewer {
  name: string;
  /** Relative to where it is served; `file` is below /data/. */
  path(file: string): string;
  /** An expression that is true when everything is drawn. */
  ready: string;
  /** The element that events go to. */
  canvas: string;
  search: string;
  /** What tells how much was found. */
  found: string;
}

export const nops: Viewer = {
  name: 'nops ui',
  path: () => '',
  ready: `document.querySelector('.functions tbody td') !== null && document.querySelector('.flame canvas')?.width > 300`,
  canvas: '.flame canvas',
  search: '#search',
  found: '#found',
};

export const prototype: Viewer = {
  name: 'prototype',
  path: file => `?p=${file}`,
  ready: 'window.READY === 1',
  canvas: '#c',
  search: '#s',
  found: '#info',
};

/** Opened in its own order of time; the tab's title is the profile's name when it is there. */
export const speedscope: Viewer = {
  name: 'speedscope',
  path: file => `#profileURL=/data/${file}`,
  ready: `document.title !== '' && !document.title.startsWith('speedscope') && document.querySelector('canvas') !== null`,
  canvas: '',
  search: '',
  found: '',
};
