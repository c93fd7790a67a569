/** The view as the address's fragment, which is never sent to a server: reloading, going back and sharing a link keep it. */

export interface ViewState {
  /** Name of the sample type; empty: the profile's own choice. */
  type: string;
  /** A regular expression; empty: no search. */
  search: string;
  /** Node of the stack tree that fills the width; 0 is the whole profile. */
  zoom: number;
}

/** What is missing or makes no sense is left at its default. */
export function parseView(fragment: string): ViewState {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  const zoom = params.get('zoom') ?? '';
  return {
    type: params.get('type') ?? '',
    search: params.get('search') ?? '',
    zoom: /^\d{1,9}$/.test(zoom) ? Number(zoom) : 0,
  };
}

/** Without what is at its default; `#` alone when everything is. */
export function formatView({ type, search, zoom }: ViewState): string {
  const params = new URLSearchParams();
  if (type !== '') params.set('type', type);
  if (search !== '') params.set('search', search);
  if (zoom !== 0) params.set('zoom', String(zoom));
  return `#${params}`;
}
