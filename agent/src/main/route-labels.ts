/**
 * Labels of HTTP requests by method and route, without a patch: Node publishes a request's begin and end on diagnostics channels
 * (nodejs.org/api/diagnostics_channel.html, `http.server.*`). At its begin only the path is known; Express tells the route later.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { firstRequestId, type LabelSet, maxLabelSets } from '../messages/labels.js';
import { enter, idOf, type LabelContext, tellResolved } from './labels.js';

/** Requests under way whose routes can be told; the oldest give way. */
const maxRequests = 10_000;
const lastRequestId = 2 ** 31;
/** A path longer than this is no route. */
const maxSegments = 8;

export class RouteLabels {
  readonly #byMessage = new WeakMap<IncomingMessage, LabelContext>();
  readonly #underWay = new Map<number, LabelContext>();
  readonly #known = new Map<string, number>();
  #next = firstRequestId;
  #isOpen = false;

  readonly #onStart = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    const id = this.#next;
    this.#next = id + 1 >= lastRequestId ? firstRequestId : id + 1;
    const context = enter(id, () => labelsOf(request));
    this.#byMessage.set(request, context);
    this.#underWay.set(id, context);
    const [oldest] = this.#underWay.keys();
    if (this.#underWay.size > maxRequests && oldest !== undefined) this.#underWay.delete(oldest);
  };

  readonly #onFinish = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    const context = this.#byMessage.get(request);
    if (context === undefined || context.id < firstRequestId) return;
    const { id } = context;
    this.#underWay.delete(id);
    const set = context.read();
    context.read = () => set;
    context.id = this.#idOf(set);
    tellResolved(id, context.id);
  };

  /** Idempotent, as is `close`. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    subscribe('http.server.request.start', this.#onStart);
    subscribe('http.server.response.finish', this.#onFinish);
  }

  close(): void {
    this.#isOpen = false;
    this.#underWay.clear();
    unsubscribe('http.server.request.start', this.#onStart);
    unsubscribe('http.server.response.finish', this.#onFinish);
  }

  /** Requests are many and routes few, so that `idOf`, which sorts names, is asked once for each. */
  #idOf(set: LabelSet): number {
    const names = Object.keys(set).length;
    const key = `${set['method']} ${set['route']}`;
    if (names > 2) return idOf(set);
    const id = this.#known.get(key) ?? idOf(set);
    if (this.#known.size < maxLabelSets) this.#known.set(key, id);
    return id;
  }

  /** Of those that are under way, as far as is known. */
  resolve(ids: readonly number[]): [number, number][] {
    return ids.flatMap(id => {
      const context = this.#underWay.get(id);
      return context === undefined ? [] : [[id, idOf(context.read())] satisfies [number, number]];
    });
  }
}

function labelsOf(request: IncomingMessage): { method: string; route: string } {
  return { method: request.method ?? '', route: expressRoute(request) ?? template(request) };
}

/** `req.baseUrl` and `req.route` of Express 4 and 5: the path as it was registered. */
function expressRoute(
  request: IncomingMessage & { baseUrl?: unknown; route?: { path?: unknown } },
): string | undefined {
  const path = request.route?.path;
  if (typeof path !== 'string') return undefined;
  return `${typeof request.baseUrl === 'string' ? request.baseUrl : ''}${path}`;
}

/** The path with what looks like an id replaced: numbers, UUIDs, and other words with digits of 8 characters or more. */
function template({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  if (!/\d|[^/]{40}/.test(path) && path.length < 40) return path;
  const segments = path.split('/').map(part => (isId(part) ? ':id' : part));
  return segments.length > maxSegments ? `${segments.slice(0, maxSegments).join('/')}/…` : segments.join('/');
}

function isId(segment: string): boolean {
  return /^\d+$/.test(segment) || (segment.length >= 8 && /\d/.test(segment)) || segment.length > 40;
}
