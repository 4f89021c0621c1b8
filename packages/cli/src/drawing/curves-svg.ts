// Curves as an SVG file that stands alone: light or dark as its reader has it, names at the curves' ends.
import { roundTicks, shareScale, type VerticalScale } from "./chart-scale.ts";
import { labelPlaces } from "./label-places.ts";

export interface SvgCurve {
  readonly name: string;
  /** x increases */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** decides colour and dashes; default: its place among the curves */
  readonly style?: number;
}

export interface SvgOptions {
  /** above the vertical axis: what its values are */
  readonly title: string;
  /** under the horizontal axis */
  readonly xLabel: string;
  /** of a drawing of these values; default shareScale */
  readonly scale?: (values: readonly number[]) => VerticalScale;
}

const plot = { left: 60, top: 40, width: 590, height: 360 } as const;
const lineHeight = 15;
/** length of the piece of line before a name */
const sample = 28;
/** of a letter of a name, rather too much than too little */
const letterWidth = 8;

/** told apart by people who see few colours, too (Okabe and Ito 2008) */
const paints = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#888888"];
/** one more of them than colours, so that curves far apart in the list differ in one or the other */
const dashes = ["none", "7 3", "2 3", "9 3 2 3", "5 5", "12 4", "1 4", "12 3 3 3"];

/** @param curves at least one, each of at least one point */
export function curvesSvg(
  curves: readonly SvgCurve[],
  { title, xLabel, scale: scaleOf = shareScale }: SvgOptions,
): string {
  const all = curves.flatMap(({ points }) => points);
  const right = Math.max(...all.map(({ x }) => x));
  const scale = scaleOf(all.map(({ y }) => y));
  const labels = curves.map(({ name, points }) => `${name} ${scale.endText(points.at(-1)!.y)}`);
  const tall = Math.max(plot.height, curves.length * lineHeight);
  const end = { x: plot.left + plot.width, y: plot.top + tall };
  const size = {
    width: end.x + sample + 24 + letterWidth * Math.max(...labels.map((label) => label.length)),
    height: end.y + 50,
  };
  const across = (x: number): number => round(plot.left + (x / (right || 1)) * plot.width);
  const down = (y: number): number => round(plot.top + (1 - scale.place(y)) * tall);
  const grid = scale
    .ticks(18)
    .flatMap((y) => [
      `<line x1="${plot.left}" y1="${down(y)}" x2="${end.x}" y2="${down(y)}" class="grid"/>`,
      `<text x="${plot.left - 8}" y="${down(y) + 4}" text-anchor="end">${scale.tickText(y)}</text>`,
    ]);
  const foot = roundTicks(0, right || 1, 5).map(
    (x) => `<text x="${across(x)}" y="${end.y + 20}" text-anchor="middle">${x.toLocaleString("en-US")}</text>`,
  );
  const ends = curves.map(({ points }) => down(points.at(-1)!.y));
  const places = labelPlaces(ends, lineHeight, end.y);
  const lines = curves.flatMap(({ points, style: own }, index) => {
    const style = own ?? index;
    const paint = paints[style % paints.length];
    const stroke = `fill="none" stroke="${paint}" stroke-width="2" stroke-dasharray="${dashes[style % dashes.length]}"`;
    const left = end.x + 8;
    const path = points.map(({ x, y }) => `${across(x)},${down(y)}`).join(" ");
    return [
      `<polyline points="${path}" ${stroke}/>`,
      `<line x1="${left}" x2="${left + sample}" y1="${places[index]}" y2="${places[index]}" ${stroke}/>`,
      `<text x="${left + sample + 6}" y="${places[index] + 4}" style="fill:${paint}" class="name">${escaped(labels[index])}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escaped(title)}">`,
    "<style>text{font:12px system-ui,sans-serif;fill:#555}.name{font-weight:600}.grid{stroke:#8884}rect{fill:#fff}",
    "@media(prefers-color-scheme:dark){rect{fill:#16181c}text{fill:#aaa}}</style>",
    `<rect width="${size.width}" height="${size.height}"/>`,
    `<text x="${plot.left}" y="24" class="name">${escaped(title)}</text>`,
    ...grid,
    ...foot,
    `<text x="${plot.left + plot.width / 2}" y="${size.height - 8}" text-anchor="middle">${escaped(xLabel)}</text>`,
    ...lines,
    "</svg>",
    "",
  ].join("\n");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
