/**
 * Every event emitter that lives in this thread's heap: http.Agents and undici's dispatchers are emitters, of whatever copy, so one walk finds
 * all pools. V8 collects the heap and walks over it while this thread stands still: what that costs is in probe/src/through/predict-walk.ts.
 * To be called from the event loop: in the middle of a function a forced collection could clear a WeakRef that it has just looked into.
 */

import { EventEmitter } from 'node:events';

const holderKey = Symbol.for('nops.heapQuery');

interface Holder {
  prototype: object;
  found: object[];
}

/** The list is the caller's, who must let go of it: nothing else holds what is in it. */
export function emittersInHeap(): object[] {
  const { Session } = process.getBuiltinModule('node:inspector');
  const session = new Session();
  // A session of this thread answers before post returns.
  const post = <Answer>(method: string, params: object): Answer => {
    let answered: Answer | undefined;
    session.post(method, { ...params, objectGroup: 'nops' }, (error, answer) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`);
      answered = answer as Answer;
    });
    return answered as Answer;
  };
  // Objects go to the inspector and come back by way of this one: it knows only what it can reach.
  const holder: Holder = { prototype: EventEmitter.prototype, found: [] };
  const globals = globalThis as unknown as Record<symbol, Holder | undefined>;
  Object.defineProperty(globals, holderKey, { value: holder, configurable: true });
  session.connect();
  try {
    const at = `globalThis[Symbol.for('${holderKey.description}')]`;
    const reached = post<Remote>('Runtime.evaluate', { expression: at }).result;
    const prototype = post<Remote>('Runtime.evaluate', { expression: `${at}.prototype` }).result;
    const { objects } = post<{ objects: RemoteObject }>('Runtime.queryObjects', {
      prototypeObjectId: prototype.objectId,
    });
    post('Runtime.callFunctionOn', {
      objectId: reached.objectId,
      functionDeclaration: 'function (found) { this.found = found; }',
      arguments: [{ objectId: objects.objectId }],
    });
    return holder.found;
  } finally {
    // The objects that the inspector held for us go with the session; this only comes sooner.
    session.post('Runtime.releaseObjectGroup', { objectGroup: 'nops' });
    session.disconnect();
    delete globals[holderKey];
  }
}

interface RemoteObject {
  objectId: string;
}

interface Remote {
  result: RemoteObject;
}
