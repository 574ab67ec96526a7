// Values at the pointer, and at the arrow keys. Every figure is complete without this.
(() => {
  'use strict';
  const svgName = 'http://www.w3.org/2000/svg';
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.setAttribute('role', 'status');
  tip.hidden = true;
  document.body.append(tip);
  let marks = [];

  const element = (name, attributes) => {
    const made = document.createElementNS(svgName, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const dataOf = svg => {
    const script = document.getElementById('hover-' + svg.dataset.hover);
    return script ? JSON.parse(script.textContent) : null;
  };

  const clear = () => {
    marks.forEach(mark => mark.remove());
    marks = [];
    tip.hidden = true;
  };

  const mark = (svg, made) => {
    svg.append(made);
    marks.push(made);
  };

  // Beside the place it speaks of, and always within the window.
  const showTip = (x, y) => {
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const left = x + 16 + width > innerWidth ? x - 16 - width : x + 16;
    tip.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, Math.min(y - height / 2, innerHeight - height - 8))}px)`;
  };

  const bounds = svg => {
    const [left, top, right, bottom] = svg.dataset.plot.split(' ').map(Number);
    const view = svg.viewBox.baseVal, box = svg.getBoundingClientRect();
    return {
      left, top, right, bottom,
      x: part => left + part * (right - left),
      y: part => bottom - part * (bottom - top),
      part: event => ({
        x: ((event.clientX - box.left) / box.width * view.width - left) / (right - left),
        y: (bottom - (event.clientY - box.top) / box.height * view.height) / (bottom - top),
      }),
      toWindow: (x, y) => [box.left + x / view.width * box.width, box.top + y / view.height * box.height],
    };
  };

  const row = (...cells) => {
    const made = document.createElement('tr');
    for (const text of cells) made.append(Object.assign(document.createElement('td'), { textContent: text }));
    return made;
  };

  const nearestIndex = (points, distance) =>
    points.reduce((best, point, index) => distance(point) < distance(points[best]) ? index : best, 0);

  const showLines = (svg, data, part) => {
    const at = bounds(svg);
    const shown = data.series.filter(series => series.points.length > 0)
      .map(series => ({ series, point: series.points[nearestIndex(series.points, point => Math.abs(point[0] - part))] }));
    if (shown.length === 0) return;
    const lead = shown.reduce((a, b) => Math.abs(b.point[0] - part) < Math.abs(a.point[0] - part) ? b : a).point;
    const x = at.x(lead[0]);
    mark(svg, element('line', { class: 'cursor', x1: x, x2: x, y1: at.top, y2: at.bottom }));
    const table = document.createElement('table');
    for (const { series, point } of shown) {
      mark(svg, element('circle', { class: 'cursor-dot ' + series.look, cx: at.x(point[0]), cy: at.y(point[1]), r: 4 }));
      table.append(row(series.name, point[3], point[4]));
    }
    tip.replaceChildren(Object.assign(document.createElement('strong'), { textContent: lead[2] + ' steps' }), table);
    showTip(...at.toWindow(x, (at.top + at.bottom) / 2));
  };

  const showDot = (svg, data, index) => {
    const at = bounds(svg), [px, py, words] = data.points[index];
    mark(svg, element('circle', { class: 'cursor-dot ' + data.look, cx: at.x(px), cy: at.y(py), r: 5 }));
    tip.replaceChildren(Object.assign(document.createElement('strong'), { textContent: data.name }), document.createElement('br'), words);
    showTip(...at.toWindow(at.x(px), at.y(py)));
  };

  const figureOf = event => event.target instanceof Element ? event.target.closest('svg[data-hover]') : null;

  document.addEventListener('pointermove', event => {
    const svg = figureOf(event);
    clear();
    const data = svg && dataOf(svg);
    if (!data) return;
    const at = bounds(svg), part = at.part(event);
    if (part.x < -0.03 || part.x > 1.03 || part.y < -0.06 || part.y > 1.06) return;
    if (data.kind === 'lines') showLines(svg, data, part.x);
    else if (data.points.length > 0) {
      const width = at.right - at.left, height = at.bottom - at.top;
      showDot(svg, data, nearestIndex(data.points, point => Math.hypot((point[0] - part.x) * width, (point[1] - part.y) * height)));
    }
  });

  document.addEventListener('keydown', event => {
    const svg = figureOf(event);
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === 'Escape') clear();
    const data = svg && step && dataOf(svg);
    if (!data) return;
    const points = data.kind === 'lines' ? data.series.reduce((a, b) => b.points.length > a.points.length ? b : a).points : data.points;
    if (points.length === 0) return;
    const index = Math.max(0, Math.min(points.length - 1, Number(svg.dataset.index ?? (step > 0 ? -1 : points.length)) + step));
    svg.dataset.index = index;
    event.preventDefault();
    clear();
    if (data.kind === 'lines') showLines(svg, data, points[index][0]);
    else showDot(svg, data, index);
  });

  document.addEventListener('pointerleave', clear);
  document.addEventListener('focusout', clear);
  addEventListener('scroll', clear, { passive: true });
})();
