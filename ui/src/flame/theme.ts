/**
 * Colours of the canvas, light and dark. Hue tells whose code it is, or which package, or what changed; neighbours differ a little in
 * lightness. The hues are told apart by the colour-blind: orange and blue differ for all of them, and what is left differs in lightness.
 */

import { frameCategories } from '@nops/core/profile/frame-category';
import { computed, effect, signal } from '@preact/signals';

type Hsl = [hue: number, saturation: number, lightness: number];

interface Colors {
  background: string;
  text: string;
  /** The root and what is above the zoomed frame. */
  ancestor: string;
  ancestorText: string;
  found: string;
  /** Boxes too thin to show one by one. */
  thin: string;
  outline: string;
  /** By category, in the order of frameCategories. */
  categories: Hsl[];
  packages: Hsl[];
  /** From what became cheapest to what became dearest; in the middle what stayed. */
  changes: Hsl[];
}

const light: Colors = {
  background: '#ffffff',
  text: '#1b1b1f',
  ancestor: '#e4e4e9',
  ancestorText: '#55555f',
  found: '#d9a5ff',
  thin: '#d8bfa6',
  outline: '#1b1b1f',
  categories: [
    [30, 92, 70],
    [211, 72, 80],
    [160, 38, 74],
    [250, 8, 80],
  ],
  packages: [
    [205, 70, 76],
    [45, 85, 72],
    [165, 45, 70],
    [330, 45, 82],
    [255, 50, 84],
    [85, 40, 74],
    [15, 65, 80],
    [190, 40, 84],
    [60, 55, 78],
    [230, 55, 78],
    [140, 30, 80],
    [300, 30, 80],
  ],
  changes: [
    [214, 80, 58],
    [212, 76, 70],
    [210, 70, 82],
    [250, 6, 88],
    [34, 90, 80],
    [28, 92, 68],
    [20, 88, 58],
  ],
};

const dark: Colors = {
  background: '#17181c',
  text: '#f4f4f6',
  ancestor: '#2c2d34',
  ancestorText: '#b4b4c0',
  found: '#8b3fc4',
  thin: '#6b4a2e',
  outline: '#ffffff',
  categories: [
    [22, 72, 37],
    [212, 48, 38],
    [168, 45, 26],
    [250, 6, 36],
  ],
  packages: light.packages.map(([hue, saturation]): Hsl => [hue, saturation * 0.7, 32]),
  changes: [
    [214, 80, 46],
    [212, 66, 38],
    [210, 50, 31],
    [250, 5, 30],
    [28, 55, 30],
    [24, 72, 35],
    [18, 82, 42],
  ],
};

/** Different lightnesses of a hue. */
export const shades = 4;
const lightnessStep = 3;

/** Ready for pixels: 0xAABBGGRR, as ImageData has them on all machines that browsers run on. */
export interface Theme {
  background: number;
  ancestor: number;
  found: number;
  thin: number;
  outline: string;
  text: string;
  ancestorText: string;
  /** Each color in all shades; and the same faded, while something else is searched. */
  categories: Uint32Array;
  packages: Uint32Array;
  changes: Uint32Array;
}

/** How much of a colour is left where something else is searched. */
const fadedAlpha = 0.35;

function themeOf(colors: Colors): Theme {
  const background = parseHex(colors.background);
  const palette = (all: Hsl[], steps: number) =>
    Uint32Array.from({ length: all.length * steps * 2 }, (_, i) => {
      const at = i % (all.length * steps);
      const [hue, saturation, lightness] = all[Math.floor(at / steps)] ?? [0, 0, 50];
      const step = steps === 1 ? 0 : (at % steps) - 1;
      const solid = fromHsl(hue, saturation, lightness + step * lightnessStep);
      return i < all.length * steps ? solid : blend(solid, background, fadedAlpha);
    });
  return {
    background,
    ancestor: parseHex(colors.ancestor),
    found: parseHex(colors.found),
    thin: parseHex(colors.thin),
    outline: colors.outline,
    text: colors.text,
    ancestorText: colors.ancestorText,
    categories: palette(colors.categories, shades),
    packages: palette(colors.packages, shades),
    changes: palette(colors.changes, 1),
  };
}

export const packageColors = light.packages.length;
export const changeColors = light.changes.length;

export function faded(color: number, { background }: Theme): number {
  return blend(color, background, fadedAlpha);
}

/** For the legend. */
export function cssColor(color: number): string {
  return `rgb(${color & 255} ${(color >>> 8) & 255} ${(color >>> 16) & 255})`;
}

function pack(red: number, green: number, blue: number): number {
  return (0xff000000 | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
}

function parseHex(text: string): number {
  const part = (at: number) => Number.parseInt(text.slice(at, at + 2), 16);
  return pack(part(1), part(3), part(5));
}

/** CSS Color 4, section 7. */
function fromHsl(hue: number, saturation: number, lightness: number): number {
  const [s, l] = [saturation / 100, Math.min(100, lightness) / 100];
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return (l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1))) * 255;
  };
  return pack(channel(0), channel(8), channel(4));
}

function blend(color: number, under: number, alpha: number): number {
  const mix = (shift: number) => ((color >>> shift) & 255) * alpha + ((under >>> shift) & 255) * (1 - alpha);
  return pack(mix(0), mix(8), mix(16));
}

/** What the reader chose; `auto`: what the system prefers. Kept by the browser. */
export type Scheme = 'auto' | 'light' | 'dark';
const storageKey = 'nops-scheme';

const scheme = signal<Scheme>(storedScheme());

const preference = matchMedia('(prefers-color-scheme: dark)');
const prefersDark = signal(preference.matches);
preference.addEventListener('change', () => {
  prefersDark.value = preference.matches;
});

export const lightTheme = themeOf(light);
const themes = { light: lightTheme, dark: themeOf(dark) };
const isDark = computed(() => (scheme.value === 'auto' ? prefersDark.value : scheme.value === 'dark'));
export const theme = computed(() => (isDark.value ? themes.dark : themes.light));

effect(() => {
  document.documentElement.style.colorScheme = scheme.value === 'auto' ? '' : scheme.value;
});

export function nextScheme(): void {
  scheme.value = scheme.value === 'auto' ? (prefersDark.value ? 'light' : 'dark') : 'auto';
  try {
    localStorage.setItem(storageKey, scheme.value);
  } catch {
    // A page from a file may have no storage: the choice lasts as long as the page.
  }
}

function storedScheme(): Scheme {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === 'light' || stored === 'dark' ? stored : 'auto';
  } catch {
    return 'auto';
  }
}

export const categoryCount = frameCategories.length;
