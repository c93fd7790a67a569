/** Colours of the canvas, light and dark. Hue tells whose code it is, and stays apart for the colour-blind by its lightness too. */

import type { FrameCategory } from '@nops/core/profile/frame-category';
import { signal } from '@preact/signals';

export interface Theme {
  background: string;
  text: string;
  /** The root and what is above the zoomed frame. */
  ancestor: string;
  ancestorText: string;
  found: string;
  /** Boxes too thin to show one by one. */
  thin: string;
  outline: string;
  /** Hue, saturation and lightness by category; neighbours differ a little in lightness. */
  categories: Record<FrameCategory, [hue: number, saturation: number, lightness: number]>;
}

const light: Theme = {
  background: '#ffffff',
  text: '#1b1b1f',
  ancestor: '#e4e4e9',
  ancestorText: '#55555f',
  found: '#d9a5ff',
  thin: '#d8bfa6',
  outline: '#1b1b1f',
  categories: {
    app: [30, 92, 70],
    dependency: [211, 72, 80],
    node: [160, 38, 74],
    native: [250, 8, 80],
  },
};

const dark: Theme = {
  background: '#17181c',
  text: '#f4f4f6',
  ancestor: '#2c2d34',
  ancestorText: '#b4b4c0',
  found: '#8b3fc4',
  thin: '#6b4a2e',
  outline: '#ffffff',
  categories: {
    app: [22, 72, 37],
    dependency: [212, 48, 38],
    node: [168, 45, 26],
    native: [250, 6, 36],
  },
};

/** Different lightnesses within a category. */
export const shades = 4;
const lightnessStep = 3;

export function colorOf(theme: Theme, category: FrameCategory, shade: number): string {
  const [hue, saturation, lightness] = theme.categories[category];
  return `hsl(${hue} ${saturation}% ${lightness + (shade - 1) * lightnessStep}%)`;
}

const preference = matchMedia('(prefers-color-scheme: dark)');
export const theme = signal(preference.matches ? dark : light);
preference.addEventListener('change', () => {
  theme.value = preference.matches ? dark : light;
});
