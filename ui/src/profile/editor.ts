/** Links that open a line in an editor, as each of them understands. The choice is the browser's to keep. */

import { signal } from '@preact/signals';

interface Editor {
  id: string;
  name: string;
  /** With {file}, which begins with a slash, and {line}. */
  template: string;
}

export const editors: readonly Editor[] = [
  { id: 'vscode', name: 'VS Code', template: 'vscode://file{file}:{line}' },
  { id: 'cursor', name: 'Cursor', template: 'cursor://file{file}:{line}' },
  { id: 'jetbrains', name: 'JetBrains', template: 'idea://open?file={file}&line={line}' },
  { id: 'zed', name: 'Zed', template: 'zed://file{file}:{line}' },
  { id: 'txmt', name: 'TextMate and others', template: 'txmt://open?url=file://{file}&line={line}' },
];

const storageKey = 'nops-editor';

export const editor = signal(find(stored()));

export function chooseEditor(id: string): void {
  editor.value = find(id);
  try {
    localStorage.setItem(storageKey, id);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function editorLink(file: string, line: number): string {
  return editor.value.template
    .replace('{file}', () => encodeURI(file).replace(/[?#&]/g, encodeURIComponent))
    .replace('{line}', String(line));
}

function find(id: string): Editor {
  return editors.find(each => each.id === id) ?? (editors[0] as Editor);
}

function stored(): string {
  try {
    return localStorage.getItem(storageKey) ?? '';
  } catch {
    return '';
  }
}
