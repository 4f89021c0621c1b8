// Small drawings as SVG text: the few marks and scales that the benchmark's plots need. Knows nothing of benchmarks.

const escapeText = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const number = (value) => (typeof value === "number" ? String(Math.round(value * 100) / 100) : value);

function element(name, attributes, content = "") {
  const text = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(number(value))}"`);
  return content === "" ? `<${name}${text.join("")}/>` : `<${name}${text.join("")}>${content}</${name}>`;
}

export const palette = ["#0b6e99", "#d9730d", "#6940a5", "#4d7c2a", "#ad1a72"];
const grey = "#8a8a8a";

export const line = (x1, y1, x2, y2, options = {}) =>
  element("line", { x1, y1, x2, y2, stroke: "#d5d5d5", "stroke-width": 1, ...options });
export const dot = (cx, cy, fill, title = "") =>
  element(
    "circle",
    { cx, cy, r: 3.5, fill, "fill-opacity": 0.8 },
    title === "" ? "" : `<title>${escapeText(title)}</title>`,
  );
export const bar = (x, y, width, height, fill) => element("rect", { x, y, width, height, fill });
export const label = (x, y, text, options = {}) =>
  element("text", { x, y, fill: "#333", ...options }, escapeText(text));
export const path = (points, options = {}) =>
  element("polyline", { points: points.map((pair) => pair.map(number).join(",")).join(" "), fill: "none", ...options });

/** A function from values to pixels. */
export function linear([from, to], [low, high]) {
  return (value) => low + ((value - from) / (to - from)) * (high - low);
}

export function logarithmic([from, to], range) {
  const scale = linear([Math.log(from), Math.log(to)], range);
  return (value) => scale(Math.log(value));
}

/** Names beside their colours, in a row. */
export function legend(x, y, names) {
  let at = x;
  return names
    .map((name, index) => {
      const mark = dot(at, y - 4, palette[index]) + label(at + 8, y, name);
      at += 24 + 6.6 * name.length;
      return mark;
    })
    .join("");
}

/** On white, so that it is read in dark pages too. */
export function drawing(width, height, title, marks) {
  const frame = {
    ...{ xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, role: "img" },
    ...{ "font-family": "system-ui, sans-serif", "font-size": 12 },
  };
  const name = `<title>${escapeText(title)}</title>`;
  const heading = label(12, 22, title, { "font-size": 14, "font-weight": 600 });
  const content = [name, bar(0, 0, width, height, "#fff"), heading, ...marks].join("\n");
  return `${element("svg", frame, `\n${content}\n`)}\n`;
}

/** Vertical lines with their values below, from `top` to `bottom`. */
export function verticalGrid(ticks, scale, [top, bottom], format = String) {
  return ticks.map(
    (tick) =>
      line(scale(tick), top, scale(tick), bottom) +
      label(scale(tick), bottom + 16, format(tick), { "text-anchor": "middle", fill: grey }),
  );
}

/** Horizontal lines with their values to the left. */
export function horizontalGrid(ticks, scale, [left, right], format = String) {
  return ticks.map(
    (tick) =>
      line(left, scale(tick), right, scale(tick)) +
      label(left - 6, scale(tick) + 4, format(tick), { "text-anchor": "end", fill: grey }),
  );
}

/** Powers of ten, and twos and fives between them, within the range. */
export function logarithmicTicks([from, to], steps = [1, 2, 5]) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    for (const step of steps) ticks.push(step * 10 ** power);
  }
  return ticks.filter((tick) => tick >= from * 0.999 && tick <= to * 1.001);
}
