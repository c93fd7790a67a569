/** What Node keeps about itself and does not document: in one place, so that it is seen what we rely on. */

/** Handles that keep the event loop alive; for a socket its JavaScript owner. Undocumented, present since Node 0.10. */
export function activeHandles(): object[] {
  return (process as unknown as { _getActiveHandles(): object[] })._getActiveHandles();
}

/** libuv requests that have been started and not called back. Undocumented, present since Node 0.10. */
export function activeRequests(): object[] {
  return (process as unknown as { _getActiveRequests(): object[] })._getActiveRequests();
}

/** A built-in module if the app has loaded it: loading one for nothing would cost the app memory and time. */
export function loadedModule<Module>(name: string): Module | undefined {
  const loaded = (process as unknown as { moduleLoadList?: string[] }).moduleLoadList;
  if (loaded?.includes(`NativeModule ${name}`) !== true) return undefined;
  return process.getBuiltinModule(`node:${name}`) as Module;
}

/** `node:http` when the app uses HTTP at all: `node:https` shares its classes without loading the module by that name. */
export function loadedHttp(): typeof import('node:http') | undefined {
  const used = loadedModule('http') ?? loadedModule('https');
  return used === undefined ? undefined : process.getBuiltinModule('node:http');
}
