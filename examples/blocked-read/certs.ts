/** The upstream's certificate and key, which stand beside the sources and are not compiled. */

import { readFileSync } from 'node:fs';

const folder = new URL('../../blocked-read/certs/', import.meta.url);

export const upstreamCert = readFileSync(new URL('upstream.cert.pem', folder));

export function upstreamKey(): Buffer {
  return readFileSync(new URL('upstream.key.pem', folder));
}
