/** Starts the page: trades the token, asks what is served, and shows it. */

import { uiPaths } from '@nops/core/profile/origin';
import { render } from 'preact';
import { App } from './app.js';
import { zoomTo } from './flame/actions.js';
import { helpOpen } from './help.js';
import { acceptDrops } from './open-file.js';
import { startSession } from './session.js';
import { fail, openProfile, startStore, status } from './state/store.js';
import { searchId } from './toolbar.js';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
const session = startSession();
startStore();
acceptDrops();
listenForKeys();
render(<App />, root);

try {
  const { profile } = await session;
  if (profile === undefined) status.value = { kind: 'empty' };
  else await openProfile(new URL(uiPaths.profile, location.href).href, profile);
} catch (error) {
  fail(error);
}

/** Keys that work wherever the focus is, except while one types. */
function listenForKeys(): void {
  addEventListener('keydown', event => {
    const target = event.target instanceof Element ? event.target : undefined;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target?.closest('input, select, textarea, dialog') != null) return;
    if (event.key === '/') document.getElementById(searchId)?.focus();
    else if (event.key === '?') helpOpen.value = true;
    else if (event.key === 'Escape') zoomTo(0);
    else return;
    event.preventDefault();
  });
}
