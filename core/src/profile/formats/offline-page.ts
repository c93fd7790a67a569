/** The viewer and a profile as one HTML file that needs no server: what the build left a place for is filled in. */

import { safeJson } from '../../units/printable.js';
import type { ProfileOrigin } from '../origin.js';

/** Where the profile goes in `ui/offline.html`, which the build of the page makes. */
const place = '<!-- profile -->';

/** The element that holds it, and its attributes. */
export const embedded = { id: 'nops-profile', origin: 'data-origin', view: 'data-view' } as const;

/**
 * `base64`: the file's bytes, gzipped or not, of any format that the viewer reads. `view`: the address's fragment that it opens with. The
 * text is as safe as the page: names are in the bytes, and what stands in the markup is escaped.
 */
export function offlinePage(
  template: string,
  base64: string,
  described: NonNullable<ProfileOrigin['profile']>,
  view = '',
): string {
  // Its own code, which stands further down, holds the same text.
  const at = template.indexOf(place);
  if (at < 0) throw new Error(`the page has no ${place}`);
  const attributes = [
    `id="${embedded.id}"`,
    'type="application/octet-stream"',
    `${embedded.origin}="${escapeAttribute(safeJson(described))}"`,
    `${embedded.view}="${escapeAttribute(view)}"`,
  ];
  const element = `<script ${attributes.join(' ')}>${base64.replace(/[^A-Za-z0-9+/=]/g, '')}</script>`;
  return template.slice(0, at) + element + template.slice(at + place.length);
}

function escapeAttribute(text: string): string {
  return text.replace(/[&"'<>]/g, character => `&#${character.charCodeAt(0)};`);
}
