// The plots of a run as SVG files of their own: curves with bands over seeds, paths on contours, histograms. Colours are of
// Okabe and Ito's palette, which can be told apart by colour-blind people; dashes and labels tell them apart without any.
import { type Band, bandsOf, type Histogram, type Run, type Surface } from "tatamijs-course/frame";
import { roundTicks, short } from "../drawing/chart-scale.ts";

export interface SvgFile {
  /** without extension */
  readonly name: string;
  readonly svg: string;
}

const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#777777"];
const dashes = ["", "7 3", "2 3", "9 3 2 3", "5 5", "12 4"];

const width = 640;
const height = 400;
const frame = { left: 70, right: 170, top: 40, bottom: 55 };
const inner = { width: width - frame.left - frame.right, height: height - frame.top - frame.bottom };

export function svgFiles(runs: readonly Run[]): SvgFile[] {
  const results = runs[0]?.results ?? [];
  const bands = bandsOf(runs);
  const surfaces = results.filter((result) => result.kind === "surface");
  const histograms = results.filter((result) => result.kind === "histogram");
  const plots = [...new Set(bands.map(({ plot }) => plot.title))].map((title) => ({
    name: fileName(title),
    svg: plotSvg(
      bands.filter(({ plot }) => plot.title === title),
      surfaces.find(({ plot }) => plot.title === title),
    ),
  }));
  const groups = [...new Set(histograms.map(({ title }) => title))].map((title) => ({
    name: fileName(title),
    svg: histogramsSvg(histograms.filter((found) => found.title === title)),
  }));
  return [...plots, ...groups];
}

function fileName(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

interface AxisScale {
  /** in [0, 1] */
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

function linear(low: number, high: number): AxisScale {
  const span = high - low || 1;
  return { place: (value) => (value - low) / span, ticks: roundTicks(low, low + span, 6) };
}

function logarithmic(values: readonly number[]): AxisScale {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  if (logs.length === 0) return linear(0, 1);
  const low = Math.floor(Math.min(...logs));
  const high = Math.max(low + 1, Math.ceil(Math.max(...logs)));
  const step = Math.ceil((high - low) / 8);
  const ticks = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, index) => 10 ** (low + index * step));
  return { place: (value) => (value > 0 ? (Math.log10(value) - low) / (high - low) : 0), ticks };
}

function plotSvg(bands: readonly Band[], surface: Surface | undefined): string {
  const { plot } = bands[0];
  const points = bands.flatMap((band) => band.points).filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  const xs = points.map(({ x }) => x);
  const ys = points.flatMap(({ low, high }) => [low, high]);
  const x = surface
    ? linear(...surface.x)
    : plot.x.scale === "log"
      ? logarithmic(xs)
      : linear(Math.min(...xs), Math.max(...xs));
  const y = surface
    ? linear(...surface.y)
    : plot.y.scale === "log"
      ? logarithmic(ys)
      : plot.y.scale === "share"
        ? linear(Math.min(0.9, Math.floor(Math.min(...ys) * 10) / 10), 1)
        : linear(Math.min(...ys), Math.max(...ys));
  const at = (px: number, py: number): string =>
    `${(frame.left + clip(x.place(px)) * inner.width).toFixed(1)},${(frame.top + (1 - clip(y.place(py))) * inner.height).toFixed(1)}`;
  const curves = bands.map(({ points: own, path }, index) => {
    const color = palette[index % palette.length];
    const dash = dashes[index % dashes.length];
    const finite = own.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
    const line = finite.map((point) => at(point.x, point.y)).join(" ");
    const spread = finite.some(({ low, high }) => low !== high)
      ? `<polygon fill="${color}" fill-opacity=".15" points="${[...finite.map((p) => at(p.x, p.high)), ...finite.toReversed().map((p) => at(p.x, p.low))].join(" ")}"/>`
      : "";
    const ends =
      path || finite.length === 1
        ? finite
            .slice(-1)
            .map((p) => dotAt(at(p.x, p.y), color))
            .join("")
        : "";
    return `${spread}<polyline fill="none" stroke="${color}" stroke-width="1.6" stroke-dasharray="${dash}" points="${line}"/>${ends}`;
  });
  const legend = bands.map(({ name }, index) => {
    const top = frame.top + 8 + index * 17;
    const left = width - frame.right + 12;
    return `<line x1="${left}" x2="${left + 24}" y1="${top}" y2="${top}" stroke="${palette[index % palette.length]}" stroke-width="2" stroke-dasharray="${dashes[index % dashes.length]}"/><text x="${left + 30}" y="${top + 4}">${escaped(name)}</text>`;
  });
  return document(
    plot.title,
    [surface ? contours(surface) + darkerIsLower : "", ...axes(x, y, plot.x.label, plot.y.label), ...curves, ...legend],
    Math.max(height, frame.top + 20 + bands.length * 17),
  );
}

const clip = (place: number): number => Math.min(1.02, Math.max(-0.02, place));

const dotAt = (place: string, color: string): string => {
  const [cx, cy] = place.split(",");
  return `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${color}"/>`;
};

function axes(x: AxisScale, y: AxisScale, xLabel: string, yLabel: string): string[] {
  const bottom = frame.top + inner.height;
  const xTicks = x.ticks.map((tick) => {
    const px = (frame.left + x.place(tick) * inner.width).toFixed(1);
    return `<line class="grid" x1="${px}" x2="${px}" y1="${frame.top}" y2="${bottom}"/><text x="${px}" y="${bottom + 16}" text-anchor="middle">${short(tick)}</text>`;
  });
  const yTicks = y.ticks.map((tick) => {
    const py = (frame.top + (1 - y.place(tick)) * inner.height).toFixed(1);
    return `<line class="grid" x1="${frame.left}" x2="${frame.left + inner.width}" y1="${py}" y2="${py}"/><text x="${frame.left - 6}" y="${Number(py) + 4}" text-anchor="end">${short(tick)}</text>`;
  });
  const middle = frame.top + inner.height / 2;
  return [
    ...xTicks,
    ...yTicks,
    `<text x="${frame.left + inner.width / 2}" y="${bottom + 40}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text x="18" y="${middle}" text-anchor="middle" transform="rotate(-90 18 ${middle})">${escaped(yLabel)}</text>`,
  ];
}

const darkerIsLower = `<text x="${width - frame.right + 12}" y="${frame.top + inner.height}">darker: lower</text>`;

/** A surface as cells, darker where it is lower, in equal steps of its fourth root. */
function contours({ values }: Surface): string {
  const all = values.flat();
  const low = Math.min(...all);
  const span = Math.max(...all) - low || 1;
  const w = inner.width / values[0].length;
  const h = inner.height / values.length;
  return values
    .flatMap((row, index) =>
      row.map((value, column) => {
        const level = Math.floor(((value - low) / span) ** 0.25 * 10) / 10;
        const left = frame.left + column * w;
        const top = frame.top + inner.height - (index + 1) * h;
        return `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${(w + 0.3).toFixed(1)}" height="${(h + 0.3).toFixed(1)}" fill="#888" fill-opacity="${(0.5 * (1 - level)).toFixed(2)}"/>`;
      }),
    )
    .join("");
}

function histogramsSvg(histograms: readonly Histogram[]): string {
  const each = 90;
  const body = histograms.flatMap(({ name, label, edges, counts }, index) => {
    const top = frame.top + index * each;
    const bar = inner.width / counts.length;
    const peak = Math.max(...counts, 1);
    const bars = counts.map((count, place) => {
      const tall = (count / peak) * (each - 40);
      return `<rect x="${(frame.left + place * bar).toFixed(1)}" y="${(top + each - 40 - tall).toFixed(1)}" width="${Math.max(0.5, bar - 0.5).toFixed(1)}" height="${tall.toFixed(1)}" fill="${palette[0]}"/>`;
    });
    const base = top + each - 26;
    return [
      ...bars,
      `<text x="${frame.left}" y="${base}" text-anchor="middle">${short(edges[0])}</text>`,
      `<text x="${frame.left + inner.width}" y="${base}" text-anchor="middle">${short(edges.at(-1)!)}</text>`,
      `<text x="${frame.left + inner.width / 2}" y="${base}" text-anchor="middle">${escaped(label)}</text>`,
      `<text x="${width - frame.right + 12}" y="${top + 24}">${escaped(name)}, at most ${peak}</text>`,
    ];
  });
  return document(histograms[0].title, body, frame.top + histograms.length * each + 10);
}

function document(title: string, body: readonly string[], tall = height): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" width="${width}" height="${tall}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    "<style>text{fill:#222}.grid{stroke:#888;stroke-opacity:.25}.page{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#ddd}.page{fill:#161616}}</style>",
    `<rect class="page" width="${width}" height="${tall}"/>`,
    `<text x="${frame.left}" y="22" font-size="15">${escaped(title)}</text>`,
    ...body,
    "</svg>",
    "",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
