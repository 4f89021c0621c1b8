// Curves as an SVG file that stands alone: light or dark as its reader has it.

export interface SvgCurve {
  readonly name: string;
  /** x increases */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface SvgOptions {
  readonly title: string;
  /** under the horizontal axis */
  readonly xLabel: string;
}

const size = { width: 800, height: 450 } as const;
const margin = { left: 60, right: 150, top: 40, bottom: 50 } as const;

/** told apart by people who see few colours, too (Okabe and Ito 2008) */
const paints = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#888888"];

/** @param curves at least one, each of at least one point */
export function curvesSvg(curves: readonly SvgCurve[], { title, xLabel }: SvgOptions): string {
  const all = curves.flatMap(({ points }) => points);
  const right = Math.max(...all.map(({ x }) => x));
  const ticks = ticksBetween(Math.min(...all.map(({ y }) => y)), Math.max(...all.map(({ y }) => y)));
  const [bottom, top] = [ticks[0], ticks.at(-1)!];
  const plot = { width: size.width - margin.left - margin.right, height: size.height - margin.top - margin.bottom };
  const across = (x: number): number => round(margin.left + (x / right) * plot.width);
  const down = (y: number): number => round(margin.top + ((top - y) / (top - bottom)) * plot.height);
  const end = { x: margin.left + plot.width, y: margin.top + plot.height };
  const grid = ticks.flatMap((y) => [
    `<line x1="${margin.left}" y1="${down(y)}" x2="${end.x}" y2="${down(y)}" class="grid"/>`,
    `<text x="${margin.left - 8}" y="${down(y) + 4}" text-anchor="end">${label(y)}</text>`,
  ]);
  const foot = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      `<text x="${across(part * right)}" y="${end.y + 20}" text-anchor="middle">${Math.round(part * right).toLocaleString("en-US")}</text>`,
  );
  const names = spread(curves.map(({ points }) => down(points.at(-1)!.y)));
  const lines = curves.flatMap(({ name, points }, index) => {
    const paint = paints[index % paints.length];
    const path = points.map(({ x, y }) => `${across(x)},${down(y)}`).join(" ");
    const last = label(points.at(-1)!.y, 3);
    return [
      `<polyline points="${path}" fill="none" stroke="${paint}" stroke-width="2"/>`,
      `<text x="${end.x + 8}" y="${names[index] + 4}" style="fill:${paint}" class="name">${escaped(name)} ${last}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escaped(title)}">`,
    "<style>text{font:12px system-ui,sans-serif;fill:#555}.name{font-weight:600}.grid{stroke:#8884}rect{fill:#fff}",
    "@media(prefers-color-scheme:dark){rect{fill:#16181c}text{fill:#aaa}}</style>",
    `<rect width="${size.width}" height="${size.height}"/>`,
    `<text x="${margin.left}" y="24" class="name">${escaped(title)}</text>`,
    ...grid,
    ...foot,
    `<text x="${margin.left + plot.width / 2}" y="${size.height - 8}" text-anchor="middle">${escaped(xLabel)}</text>`,
    ...lines,
    "</svg>",
    "",
  ].join("\n");
}

/** Round numbers from below the least to above the greatest, four to ten of them. */
function ticksBetween(least: number, greatest: number): number[] {
  const span = greatest - least || Math.abs(greatest) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => span / candidate <= 6)!;
  const first = Math.floor(least / step);
  const last = Math.max(first + 1, Math.ceil(greatest / step));
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** Places for names that do not lie on each other, near those wanted. */
function spread(wanted: readonly number[]): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a] - wanted[b]);
  const places = [...wanted];
  order.forEach((index, rank) => {
    if (rank > 0) places[index] = Math.max(places[index], places[order[rank - 1]] + 15);
  });
  return places;
}

function label(value: number, digits = 2): string {
  return String(Number(value.toPrecision(digits)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
