/** The endpoint of a method and a path, both spelled exactly. */

import { type EndpointName, endpoints } from './endpoints.js';
import { isVariant } from './request-target.js';

export type Found =
  | { name: EndpointName }
  /** There is the path; its methods. */
  | { allow: string }
  /** `variant`: it is another spelling of a path that there is. */
  | 'variant'
  | undefined;

const table = Object.entries(endpoints) as [EndpointName, (typeof endpoints)[EndpointName]][];

export function findEndpoint(method: string, path: string): Found {
  const ofPath = table.filter(([, endpoint]) => endpoint.path === path);
  const found = ofPath.find(([, endpoint]) => endpoint.method === method);
  if (found !== undefined) return { name: found[0] };
  if (ofPath.length > 0) return { allow: ofPath.map(([, endpoint]) => endpoint.method).join(', ') };
  const paths = table.map(([, endpoint]) => endpoint.path);
  if (isVariant(path, paths)) return 'variant';
  if (!isCustom(path)) return undefined;
  return method === 'GET' ? { name: 'custom' } : { allow: 'GET' };
}

/** A name of `createProfile`'s; whether there is one of it, only the main thread knows. */
function isCustom(path: string): boolean {
  return /^\/debug\/pprof\/\w[\w.-]*$/.test(path);
}
