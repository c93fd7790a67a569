/** Starts the page: shows the profile that stands in it, or trades the token, asks what is served, and shows that. */

import { render } from 'preact';
import { App } from './app.js';
import { embeddedProfile } from './embedded.js';
import { startCloseUps } from './flame/close-up.js';
import { startFlames } from './flame/flame-state.js';
import { startSnapshot } from './heap-snapshot/answers.js';
import { startSession } from './session.js';
import { listenForKeys } from './shell/keys.js';
import { acceptDrops } from './shell/open-file.js';
import { startFiles } from './state/files.js';
import { fail, openProfile, startStore } from './state/store.js';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
const own = embeddedProfile();
const session = own === undefined ? startSession() : undefined;
startFlames();
startStore();
startCloseUps();
startSnapshot();
acceptDrops();
listenForKeys();
render(<App />, root);

try {
  const info = await session;
  if (own !== undefined) await openProfile(own.file, own.origin);
  else startFiles(info?.profiles ?? [], info?.profile !== undefined, info?.base);
} catch (error) {
  fail(error);
}
