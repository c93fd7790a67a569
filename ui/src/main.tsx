/** Starts the page: shows the profile that stands in it, or trades the token, asks what is served, and shows that. */

import { uiPaths } from '@nops/core/profile/origin';
import { render } from 'preact';
import { App } from './app.js';
import { embeddedProfile } from './embedded.js';
import { startFlames } from './flame/flame-state.js';
import { startSession } from './session.js';
import { listenForKeys } from './shell/keys.js';
import { acceptDrops } from './shell/open-file.js';
import { fail, openProfile, startStore, status } from './state/store.js';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
const own = embeddedProfile();
const session = own === undefined ? startSession() : undefined;
startFlames();
startStore();
acceptDrops();
listenForKeys();
render(<App />, root);

try {
  const profile = (await session)?.profile;
  if (own !== undefined) await openProfile(own.file, own.origin);
  else if (profile === undefined) status.value = { kind: 'empty' };
  else await openProfile(new URL(uiPaths.profile, location.href).href, profile);
} catch (error) {
  fail(error);
}
