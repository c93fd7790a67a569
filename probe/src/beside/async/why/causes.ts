/** What an object that holds on to a waiting function is: a timer, a socket, a request. Names of Node's own classes and properties. */

import type { AsyncCause } from '@nops/core/protocol/async-results';
import { type Objects, smiOf } from '../objects.js';
import type { Shapes } from '../shapes.js';

/** Classes that say nothing of why: the search goes on beyond them. */
const plain = new Set(
  ['', 'Object', 'Array', 'Function', 'AsyncFunction', 'GeneratorFunction', 'AsyncGeneratorFunction', 'Promise'].concat(
    ['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'AbortSignal', 'AbortController', 'Generator', 'AsyncGenerator'],
    [
      'Listener',
      'NodeEventTarget',
      'EventTarget',
      'Event',
      'FinalizationRegistry',
      'DefaultReadRequest',
      '_Request',
      'Response',
      '_Response',
    ],
    ['AsyncContextFrame', 'AsyncResource', 'AsyncLocalStorage', 'process', 'SafeMap', 'SafeSet', 'SafePromise'],
  ),
);

export class Causes {
  readonly #objects: Objects;
  readonly #shapes: Shapes;
  readonly #withValues: boolean;

  constructor(objects: Objects, shapes: Shapes, withValues: boolean) {
    this.#objects = objects;
    this.#shapes = shapes;
    this.#withValues = withValues;
  }

  /** The cause that an object with the class's properties stands for, seen from its field at `offset`; undefined: none, look further. */
  of(object: number, offset: number): AsyncCause | undefined {
    const name = this.#shapes.className(object);
    if (plain.has(name)) return undefined;
    switch (name) {
      case 'Timeout':
        return this.#timer(object);
      case 'Immediate':
        return { type: 'timer', detail: 'setImmediate' };
      case 'Socket':
      case 'TLSSocket':
        return { type: 'socket', detail: this.#socket(object, name) };
      case 'TCPConnectWrap':
      case 'PipeConnectWrap':
        return { type: 'socket', detail: `connecting to ${this.#connect(object)}`.trim() };
      case 'GetAddrInfoReqWrap':
        return { type: 'socket', detail: `looking up ${this.#shapes.text(object, 'hostname')}`.trim() };
      case 'ClientRequest':
        return { type: 'request', detail: this.#clientRequest(object) };
      case 'IncomingMessage':
        return { type: 'request', detail: this.#incoming(object) };
      case 'Request':
        // undici's request on a connection has an origin; what fetch() takes has the same name and tells nothing.
        return this.#shapes.text(object, 'origin') === ''
          ? undefined
          : { type: 'request', detail: this.#undici(object) };
    }
    if (/^(?:FSReq|FSEvent|FileHandle|ReadFileJob)/.test(name)) return { type: 'fs', detail: name };
    const detail = this.#member(object, name, offset);
    // Many a class extends it; then it is the name that is seen, and only its own fields are its own.
    if (name === 'EventEmitter' && detail.startsWith('EventEmitter.')) return undefined;
    return { type: 'object', detail };
  }

  /** An ended timer has -1: it keeps nothing waiting. */
  #timer(object: number): AsyncCause | undefined {
    const ms = this.#number(this.#shapes.property(object, '_idleTimeout'));
    if (ms === undefined || ms < 0) return undefined;
    return { type: 'timer', detail: `Timeout ${ms} ms` };
  }

  #socket(object: number, name: string): string {
    const peer = this.#shapes.property(object, '_peername');
    const address = this.#shapes.text(peer, 'address');
    const known = address === '' ? '' : `${address}:${this.#number(this.#shapes.property(peer, 'port')) ?? ''}`;
    return `${name} ${known || this.#shapes.text(object, '_host') || this.#shapes.text(object, 'servername')}`.trim();
  }

  #connect(object: number): string {
    const port = this.#number(this.#shapes.property(object, 'port'));
    return `${this.#shapes.text(object, 'address')}${port === undefined ? '' : `:${port}`}`;
  }

  #clientRequest(object: number): string {
    const { method, host } = { method: this.#shapes.text(object, 'method'), host: this.#shapes.text(object, 'host') };
    const path = this.#shapes.text(object, 'path') || this.#shapes.text(object, '[kPath]');
    const protocol = this.#shapes.text(object, 'protocol') || 'http:';
    const port = this.#portOf(object);
    return `${method} ${protocol}//${host}${port}${this.#path(path)}`;
  }

  /** The agent keeps its sockets by `host:port:...`, and so does the request that it made. */
  #portOf(object: number): string {
    const agent = this.#shapes.property(object, 'agent');
    const port = this.#number(this.#shapes.property(agent, 'defaultPort'));
    const header = this.#shapes.text(object, '_header', 2000);
    const told = /^host: .*?:(\d+)\r$/im.exec(header)?.[1];
    return told === undefined || Number(told) === port ? '' : `:${told}`;
  }

  #incoming(object: number): string {
    const url = this.#shapes.text(object, 'url', 300);
    if (url !== '') return `${this.#shapes.text(object, 'method')} ${this.#path(url)} (being served)`;
    const request = this.#shapes.property(object, 'req');
    const of = this.#shapes.className(request) === 'ClientRequest' ? ` of ${this.#clientRequest(request)}` : '';
    return `response${of}`;
  }

  /** undici's own Request, which fetch uses. */
  #undici(object: number): string {
    const { method, origin } = {
      method: this.#shapes.text(object, 'method'),
      origin: this.#shapes.text(object, 'origin'),
    };
    return `${method} ${origin}${this.#path(this.#shapes.text(object, 'path', 300))}`.trim();
  }

  /** What follows `?` is user data. */
  #path(path: string): string {
    const query = path.indexOf('?');
    return this.#withValues || query < 0 ? path : `${path.slice(0, query)}?…`;
  }

  #member(object: number, name: string, offset: number): string {
    const property = this.#shapes.properties(object).find(known => known.inObject === offset);
    if (property === undefined) return name;
    return property.name === '_events' ? `an event of ${name}` : `${name}.${property.name}`;
  }

  #number(word: number): number | undefined {
    const smi = smiOf(word);
    if (smi !== undefined) return smi;
    if (this.#objects.heap.typeName(this.#objects.typeOf(word)) !== 'HeapNumber') return undefined;
    return this.#objects.heap.memory.read(word - 1 + 8, 8).readDoubleLE(0);
  }
}
