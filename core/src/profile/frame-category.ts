/** Whose code a frame is, by its name and file as V8 reports them: colours and legends follow it. */

export type FrameCategory = 'app' | 'dependency' | 'node' | 'native';

export const frameCategories: readonly FrameCategory[] = ['app', 'dependency', 'node', 'native'];

/** `native`: V8 itself, built-ins and whatever has no file, such as `(garbage collector)`. */
export function categoryOf(file: string): FrameCategory {
  if (/^node:/.test(file)) return 'node';
  if (/(?:^|[\\/])node_modules[\\/]/.test(file)) return 'dependency';
  return file === '' || /^(?:native|wasm|extensions::)/.test(file) ? 'native' : 'app';
}
