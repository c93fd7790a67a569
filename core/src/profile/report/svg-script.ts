/** The script within an SVG that moves it with the mouse and zooms it with the wheel, where the pointer is. Plain: it is shown on its own, by any browser. */

export const panAndZoom = `
(() => {
  const svg = document.documentElement;
  const viewport = document.getElementById('viewport');
  let view = { x: 0, y: 0, scale: 1 };
  let held;
  const show = () => viewport.setAttribute('transform', 'translate(' + view.x + ' ' + view.y + ') scale(' + view.scale + ')');
  const at = event => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  svg.addEventListener('wheel', event => {
    event.preventDefault();
    const point = at(event);
    const scale = Math.min(50, Math.max(0.05, view.scale * Math.exp(-event.deltaY / 300)));
    const factor = scale / view.scale;
    view = { x: point.x - (point.x - view.x) * factor, y: point.y - (point.y - view.y) * factor, scale };
    show();
  }, { passive: false });
  svg.addEventListener('pointerdown', event => {
    const point = at(event);
    held = { x: point.x - view.x, y: point.y - view.y };
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointermove', event => {
    if (held === undefined) return;
    const point = at(event);
    view = { x: point.x - held.x, y: point.y - held.y, scale: view.scale };
    show();
  });
  svg.addEventListener('pointerup', () => { held = undefined; });
  svg.addEventListener('dblclick', () => { view = { x: 0, y: 0, scale: 1 }; show(); });
})();
`;
