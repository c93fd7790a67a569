/** What can be done on the page of a profile. */

import { flameStates } from '../flame/flame-state.js';
import type { Command } from '../shell/page.js';
import { navigate, view } from '../state/history.js';
import { found, graph, opened } from '../state/store.js';
import type { Mode } from '../state/url.js';
import { filterId } from './chips.js';
import { copyStack } from './copy-stack.js';
import { exportAs } from './export.js';
import { filterSelected, toggleFilter } from './filtering.js';
import { nextMatch } from './next-match.js';
import { searchId } from './search-box.js';

const isSelected = () => view.value.group >= 0;
const isFound = () => (found.value?.functions ?? 0) > 0;
const focus = (id: string) => document.getElementById(id)?.focus();
const mode = (to: Mode) => () => navigate({ mode: to });

const exports = [
  ['html', 'what is shown as one HTML file'],
  ['png', 'the picture that is seen as PNG'],
  ['svg', 'the graph as SVG'],
  ['pprof', 'what is selected in the pprof format'],
  ['collapsed', 'what is selected as collapsed stacks'],
  ['markdown', 'the table as Markdown'],
] as const;

export const commands: readonly Command[] = [
  { id: 'search', title: 'Search: a regular expression on names and places', key: '/', run: () => focus(searchId) },
  { id: 'next', title: 'Next match', key: 'n', isEnabled: isFound, run: () => nextMatch(1) },
  { id: 'previous', title: 'Previous match', key: 'N', isEnabled: isFound, run: () => nextMatch(-1) },
  { id: 'zoom-out', title: 'Zoom out', key: 'Escape', run: () => flameStates.forEach(state => void state.zoomTo(0)) },
  { id: 'flame', title: 'Flame graph', key: '1', run: mode('flame') },
  { id: 'callers', title: 'Callers: from where time is spent', key: '2', run: mode('callers') },
  {
    id: 'time',
    title: 'Calls in the order of time',
    key: '3',
    isEnabled: () => opened.value?.isTimed === true,
    run: mode('time'),
  },
  { id: 'sandwich', title: 'Sandwich: callers and callees of the selected function', key: '4', run: mode('sandwich') },
  { id: 'add-filter', title: 'Add a filter', key: 'f', run: () => focus(filterId) },
  {
    id: 'focus',
    title: 'Only stacks with the selected function',
    key: 'F',
    isEnabled: isSelected,
    run: () => filterSelected('focus'),
  },
  {
    id: 'ignore',
    title: 'No stacks with the selected function',
    key: 'I',
    isEnabled: isSelected,
    run: () => filterSelected('ignore'),
  },
  {
    id: 'hide',
    title: 'Hide the selected function',
    key: 'H',
    isEnabled: isSelected,
    run: () => filterSelected('hide'),
  },
  {
    id: 'show-from',
    title: 'From the selected function on',
    key: 'R',
    isEnabled: isSelected,
    run: () => filterSelected('show_from'),
  },
  { id: 'collapse', title: 'Collapse recursion, or show it again', key: 'c', run: () => toggleFilter('collapse') },
  { id: 'mine', title: 'Only my code, or everything again', key: 'm', run: () => toggleFilter('mine') },
  { id: 'functions', title: 'Table of functions', key: 't', run: () => navigate({ panel: 'functions' }) },
  {
    id: 'function',
    title: 'The selected function: callers, callees, source',
    key: 'e',
    run: () => navigate({ panel: 'function' }),
  },
  {
    id: 'labels',
    title: 'Labels',
    key: 'l',
    isEnabled: () => opened.value?.isLabelled === true,
    run: () => navigate({ panel: 'labels' }),
  },
  {
    id: 'rest',
    title: 'What is different here: the selection against the rest',
    key: 'D',
    isEnabled: () => graph.value !== undefined,
    run: () => navigate({ compare: view.value.compare === 'rest' ? '' : 'rest', color: 'difference' }),
  },
  { id: 'copy', title: 'Copy the focused frame’s stack as text', key: 'y', run: () => copyStack('text') },
  {
    id: 'copy-markdown',
    title: 'Copy the focused frame’s stack as Markdown',
    key: 'Y',
    run: () => copyStack('markdown'),
  },
  ...exports.map(([format, title]) => ({
    id: `export-${format}`,
    title: `Export ${title}`,
    run: () => void exportAs(format),
  })),
  {
    id: 'clear',
    title: 'Remove all filters',
    run: () => navigate({ filters: [], roots: [], time: undefined, compare: '' }),
  },
];
