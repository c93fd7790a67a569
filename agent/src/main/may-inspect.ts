/**
 * Whether this process may be inspected from within: not under --permission, which allows it from Node 26 on, with --allow-inspector. Where it
 * may not, connecting from a worker aborts the whole process (src/inspector_agent.cc, ConnectToMainThread). Only the main thread knows:
 * our worker is started without the process's options, and sees no permissions.
 */

export function mayInspect(): boolean {
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  return permission === undefined || permission.has('inspector');
}
