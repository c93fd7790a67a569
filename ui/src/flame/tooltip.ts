/**
 * What is under the pointer, beside it. Pointing is the most frequent thing that happens here: it draws no canvas, measures no element and
 * renders no component; it moves an element that is there and changes its texts. That element stands beside the page, which is one picture
 * of its own to the browser (style.css), so that of a frame only the tooltip is styled, laid out and painted again.
 */

import { drawOnChange } from './draw-on-change.js';
import type { FlameState } from './flame-state.js';
import { describeFrame, type FrameText } from './frame-text.js';

const facts: [keyof FrameText, string][] = [
  ['total', 'Total'],
  ['self', 'Self'],
  ['ofView', 'Of the view'],
  ['change', 'Changed'],
  ['at', 'Began'],
];

/** The returned function ends it. */
export function attachTooltip(state: FlameState): () => void {
  const name = element('bdi', 'name');
  const place = element('bdi', 'place');
  const list = element('dl');
  const rows = facts.map(([fact, title]) => {
    const row = element('div');
    const value = element('dd');
    row.append(element('dt', '', title), value);
    list.append(row);
    return { fact, row, value };
  });
  const tip = element('div', 'tooltip');
  tip.role = 'tooltip';
  tip.hidden = true;
  tip.append(name, place, list);
  const pointer = element('div', 'pointer');
  pointer.append(tip);
  document.body.append(pointer);

  const draw = (at: FlameState['hovered']['value']) => {
    const frame = at && describeFrame(state, at.box);
    setHidden(tip, frame === undefined);
    if (at === undefined || frame === undefined) return;
    setText(name, frame.name);
    setText(place, frame.place);
    for (const { fact, row, value } of rows) {
      const text = frame[fact];
      setHidden(row, typeof text !== 'string' || text === '');
      setText(value, typeof text === 'string' ? text : '');
    }
    pointer.style.transform = `translate(${at.x}px, ${at.y}px)`;
    // Towards the middle of the window there is room for it, whatever its size.
    setClass(tip, 'leftwards', at.x > innerWidth / 2);
    setClass(tip, 'upwards', at.y > innerHeight / 2);
  };
  const stop = drawOnChange(() => {
    const at = state.hovered.value;
    return () => draw(at);
  });
  return () => {
    stop();
    pointer.remove();
  };
}

function element(tag: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.append(text);
  return made;
}

/* What is set is styled and laid out anew, even when it is the same as before. */

function setText({ firstChild }: HTMLElement, text: string): void {
  if (firstChild instanceof Text && firstChild.data !== text) firstChild.data = text;
}

function setHidden(of: HTMLElement, isHidden: boolean): void {
  if (of.hidden !== isHidden) of.hidden = isHidden;
}

function setClass({ classList }: HTMLElement, name: string, isOn: boolean): void {
  if (classList.contains(name) !== isOn) classList.toggle(name, isOn);
}
