/** How V8's inspector names a function in its profiles, and how we name it in ours. */

import type { ProfileBuilder } from './builder.js';

/** `Runtime.CallFrame` of the inspector protocol: line and column count from 0, −1 when unknown. */
export interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
  columnNumber: number;
}

/** The file of a script's URL: a path for `file:` URLs, else the URL itself. */
export function fileOfUrl(url: string): string {
  if (!url.startsWith('file://')) return url;
  try {
    return decodeURIComponent(url.slice('file://'.length));
  } catch {
    return url;
  }
}

/** The builder's number for the function of a call frame. */
export function frameFunctionId(builder: ProfileBuilder, frame: CallFrame): number {
  return builder.functionId(frame.functionName || '(anonymous)', fileOfUrl(frame.url), frame.lineNumber + 1);
}

/** The column of a tick on this line: V8 counts them by line only, and tells where a function begins. 1-based; 0 for a line that is not the definition's. */
export function tickColumn({ lineNumber, columnNumber }: CallFrame, line: number): number {
  return line === lineNumber + 1 ? columnNumber + 1 : 0;
}

/** The same the other way: a function's name, its file as a URL, and where it is defined, counted from 1. */
export function callFrame(name: string, file: string, line: number, column: number): CallFrame {
  return { functionName: name, url: urlOfFile(file), lineNumber: line - 1, columnNumber: column - 1 };
}

function urlOfFile(file: string): string {
  if (!file.startsWith('/')) return file;
  // Halves of surrogate pairs have no encoding.
  const encodable = file.replace(/\p{Cs}/gu, '\ufffd');
  return `file://${encodeURI(encodable).replace(/[?#]/g, encodeURIComponent)}`;
}
