/** The profile that stands in the page itself, when the page is one file. */

import { embedded } from '@nops/core/profile/formats/offline-page';
import type { ProfileOrigin } from '@nops/core/profile/origin';

/** Undefined: there is a server to ask. */
export function embeddedProfile(): { file: Blob; origin: ProfileOrigin['profile'] } | undefined {
  const element = document.getElementById(embedded.id);
  if (element === null) return undefined;
  const bytes = Uint8Array.from(atob(element.textContent), character => character.charCodeAt(0));
  return { file: new Blob([bytes]), origin: JSON.parse(element.getAttribute(embedded.origin) ?? '{}') };
}

/** The view to begin with: the address's, or what the file was made to open with. */
export function startingView(): string {
  return location.hash.slice(1) || (document.getElementById(embedded.id)?.getAttribute(embedded.view) ?? '');
}
