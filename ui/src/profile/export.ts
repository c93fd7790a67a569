/** Files of what is shown: the page itself, pictures, and the formats of other tools. */

import { offlinePage } from '@nops/core/profile/formats/offline-page';
import { uiPaths } from '@nops/core/profile/origin';
import { flameStates } from '../flame/flame-state.js';
import { describeFrame, labels } from '../flame/frame-text.js';
import { flameSvg } from '../flame/svg.js';
import { view } from '../state/history.js';
import { exportText, graph, problem, source } from '../state/store.js';
import { formatView } from '../state/url.js';
import type { TextFormat } from '../worker/messages.js';

const extensions: Record<TextFormat, string> = { pprof: 'pb.gz', collapsed: 'collapsed', markdown: 'md' };

export async function exportAs(format: TextFormat | 'html' | 'png' | 'svg'): Promise<void> {
  try {
    const { described } = source();
    const name = (described?.name ?? 'profile')
      .replace(/\.(?:pb|gz|cpuprofile|heapprofile|json)\b/g, '')
      .replace(/[^\w.-]+/g, '-');
    const [content, extension] = await make(format);
    if (content === undefined) return;
    download(content, `${name}.${extension}`);
  } catch (error) {
    problem.value = `It could not be exported: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function make(format: TextFormat | 'html' | 'png' | 'svg'): Promise<[Blob | undefined, string]> {
  const shown = graph.peek();
  switch (format) {
    case 'html':
      return [await wholePage(), 'html'];
    case 'png':
      return [await picture(), 'png'];
    case 'svg':
      return [drawing(), 'svg'];
    default:
      return [shown && (await exportText(shown.query, format)), extensions[format]];
  }
}

/** The page as one file, which opens with what is shown now; its filters can be removed there. */
async function wholePage(): Promise<Blob> {
  const { source: from, described } = source();
  const bytes = typeof from === 'string' ? await (await fetch(from)).arrayBuffer() : await from.arrayBuffer();
  const fragment = formatView({ ...view.peek(), open: '', base: '' }).slice(1);
  const about = described ?? { kind: 'file', name: 'profile', bytes: bytes.byteLength };
  return new Blob([offlinePage(await template(), base64(new Uint8Array(bytes)), about, fragment)], {
    type: 'text/html',
  });
}

async function template(): Promise<string> {
  if (document.getElementById('nops-worker') !== null) return ownTemplate;
  const response = await fetch(uiPaths.offline, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.text();
}

/** A page that is one file is its own template: as it was before anything was drawn, without its profile. */
const ownTemplate = templateOf(document.documentElement);

function templateOf(page: Element): string {
  if (page.querySelector('#nops-worker') === null) return '';
  const copy = page.cloneNode(true) as Element;
  copy.querySelector('#app')?.replaceChildren();
  copy.querySelector('#nops-profile')?.replaceWith(document.createComment(' profile '));
  return `<!doctype html>\n${copy.outerHTML}`;
}

function base64(bytes: Uint8Array): string {
  const chunk = 0x8000 - (0x8000 % 3);
  let text = '';
  for (let at = 0; at < bytes.length; at += chunk) text += btoa(String.fromCharCode(...bytes.subarray(at, at + chunk)));
  return text;
}

/** The part that is seen. */
function picture(): Promise<Blob | undefined> {
  const canvas = document.querySelector<HTMLCanvasElement>('.flame canvas');
  return new Promise(resolve => canvas?.toBlob(blob => resolve(blob ?? undefined)));
}

/** All rows of what fills the width. */
function drawing(): Blob | undefined {
  const [state] = flameStates;
  const flame = state.flame.peek();
  if (flame === undefined) return undefined;
  const { from, to } = state.range.peek();
  const title = (box: number) => {
    const frame = describeFrame(state, box);
    return frame === undefined ? '' : `${frame.name} ${frame.place}, total ${frame.total}`;
  };
  return new Blob([flameSvg({ flame, from, to, labels: labels.peek(), title })], { type: 'image/svg+xml' });
}

function download(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
