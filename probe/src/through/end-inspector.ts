/**
 * What closes a process's inspector, evaluated in it with the command-line API: the second where the first did not. An app may have put
 * something else in the place of `process` (a shim for browsers' code) or of its functions; Node's module has kept its own.
 */
export const endInspector = ['process._debugEnd()', "require('inspector').close()"] as const;
