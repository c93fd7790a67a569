/** The token of the printed address, traded for a cookie that no script can read and no other site's page can send. */

import { type ProfileOrigin, uiPaths } from '@nops/core/profile/origin';
import { NopsError } from '@nops/core/protocol/errors';

const next = 'Use the address that nops ui printed last; it is valid while that command runs.';

/** Takes the token out of the address bar, trades it when there is one, and asks what is served. */
export async function startSession(): Promise<ProfileOrigin> {
  const params = new URLSearchParams(location.hash.slice(1));
  const token = params.get('token');
  if (token !== null) {
    params.delete('token');
    history.replaceState(null, '', `#${params}`);
    const response = await ask(uiPaths.session, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    if (!response.ok) throw new NopsError('no-permission', 'this address is no longer valid', next);
  }
  const response = await ask(uiPaths.info, {});
  if (response.status === 401) throw new NopsError('no-permission', 'this page was opened without its token', next);
  if (!response.ok) throw new NopsError('no-answer', `the server answered ${response.status}`);
  return response.json();
}

async function ask(path: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...options, credentials: 'same-origin' });
  } catch {
    throw new NopsError('no-answer', 'nops ui does not run any more', 'Start it again and use the address it prints.');
  }
}
