// Curves with bands, points and paths over axes with titles and ticks, and contours behind them.

import { short } from "../chart-scale.ts";
import { labelPlaces } from "../label-places.ts";
import { type AxisScale, linearAxis, logAxis, shareAxis } from "./axis-scale.ts";
import { contourLevels, contourPieces } from "./contours.ts";
import { type LegendEntry, legend, markerAt, sampleWidth, seriesSample, strokeOf } from "./legend.ts";
import { colors, type SeriesStyle } from "./series-style.ts";
import type { Drawing, DrawingOptions } from "./svg-document.ts";
import { round, text, textWidth, type Wording } from "./svg-text.ts";

export interface Axis {
  readonly label: string;
  readonly scale?: "linear" | "share" | "log";
}

export interface Curve {
  readonly name: string;
  readonly style: SeriesStyle;
  /** the line at y, in a band from low to high; x increases unless it is a path */
  readonly points: readonly { readonly x: number; readonly y: number; readonly low: number; readonly high: number }[];
  /** whether x may go back and forth; default false */
  readonly path?: boolean;
  /** whether these are points that no line joins; default false */
  readonly scattered?: boolean;
}

/** A function of x and y, drawn as contours. */
export interface Ground {
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
  readonly values: readonly (readonly number[])[];
}

export interface Plotted {
  readonly x: Axis;
  readonly y: Axis;
  /** at least one, in the order of the legend */
  readonly curves: readonly Curve[];
  readonly ground?: Ground | undefined;
  /** where the series' names are; "ends" says their last values too; default "below" */
  readonly names?: "below" | "ends";
}

/** Of names at the ends of curves. */
const lineHeight = 15;

/** More points than this are not marked each. */
const mostMarkers = 9;

export function plotDrawing(plotted: Plotted, { width, say }: DrawingOptions): Drawing {
  const { x: xAxis, y: yAxis, curves, ground, names = "below" } = plotted;
  const finite = curves.flatMap(({ points }) => points).filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  const xs = finite.map(({ x }) => x);
  const ys = finite.flatMap(({ y, low, high }) => [y, low, high]).filter(Number.isFinite);
  const x = axisOf(xAxis, xs, ground?.x, width < 480 ? 5 : 8);
  const y = axisOf(yAxis, ys, ground?.y, 5);
  const left = 26 + Math.max(...y.ticks.map(({ label }) => textWidth(label)));
  const labels = names === "below" ? [] : curves.map(endLabel);
  const right = labels.length === 0 ? 14 : sampleWidth + 20 + Math.max(...labels.map((label) => textWidth(label)));
  const inner = { left, top: 8, width: width - left - right, height: 0 };
  inner.height =
    ground === undefined ? Math.min(names === "below" ? 240 : 360, inner.width * 0.62) : inner.width * aspectOf(ground);
  inner.height = Math.max(inner.height, labels.length * lineHeight);
  const bottom = inner.top + inner.height;

  const at = (px: number, py: number): [number, number] => [
    inner.left + clip(x.place(px)) * inner.width,
    inner.top + (1 - clip(y.place(py))) * inner.height,
  ];
  const axes = axisElements(x, y, inner, say(xAxis.label), say(yAxis.label));
  const entries: LegendEntry[] = curves.map(({ name, style, points, scattered = false }) => ({
    sample: seriesSample(style, points.length > 1 && !scattered),
    label: say(name),
  }));
  if (ground !== undefined) {
    const all = ground.values.flat();
    const ends = `contours: ${short(Math.min(...all))} to ${short(Math.max(...all))}, close together where it is low`;
    entries.push({ sample: contourSample, label: say(ends) });
  }
  const foot = bottom + 38;
  const ends = labels.length === 0 ? [] : endElements(curves, labels, inner, at);
  const below = legend(labels.length === 0 ? entries : [], { left: 10, top: foot, width: width - 20 });
  return {
    width,
    height: foot + below.height + 4,
    body: [
      ...axes,
      ...(ground === undefined ? [] : [contourElement(ground, inner)]),
      ...curves.map((curve) => bandElement(curve, at)),
      ...curves.map((curve, index) => lineElement(curve, index, at)),
      ...ends,
      ...below.body,
    ],
  };
}

const endLabel = ({ name, points }: Curve): string => `${name} ${short(points.at(-1)!.y)}`;

/** Names behind the curves' ends, in the order these have. */
function endElements(
  curves: readonly Curve[],
  labels: readonly string[],
  { left, top, width, height }: Inner,
  at: (x: number, y: number) => [number, number],
): string[] {
  const wanted = curves.map(({ points }) => at(points.at(-1)!.x, points.at(-1)!.y)[1]);
  const places = labelPlaces(wanted, lineHeight, top + height);
  const x = left + width + 10;
  return curves.map(
    ({ style }, index) =>
      seriesSample(style)(x, places[index]) + text(x + sampleWidth + 5, places[index] + 4, labels[index]),
  );
}

function axisOf(
  { scale = "linear" }: Axis,
  values: readonly number[],
  range: readonly [number, number] | undefined,
  count: number,
): AxisScale {
  if (range !== undefined) return linearAxis(range[0], range[1], count);
  if (values.length === 0) return linearAxis(0, 1, count);
  if (scale === "share") return shareAxis(values, count);
  return scale === "log" ? logAxis(values, count) : linearAxis(Math.min(...values), Math.max(...values), count);
}

/** A unit of y is as long as one of x, where that leaves a drawing that is neither flat nor tall. */
function aspectOf({ x, y }: Ground): number {
  return Math.min(1, Math.max(0.55, (y[1] - y[0]) / (x[1] - x[0])));
}

/** What lies outside is drawn just outside of the axes. */
const clip = (place: number): number => Math.min(1.02, Math.max(-0.02, place));

interface Inner {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function axisElements(x: AxisScale, y: AxisScale, inner: Inner, xLabel: Wording, yLabel: Wording): string[] {
  const { left, top, width, height } = inner;
  const bottom = top + height;
  const grid: string[] = [];
  const labels: string[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const { value, label } of x.ticks) {
    const px = left + x.place(value) * width;
    grid.push(`M${round(px)} ${top}V${round(bottom)}`);
    const half = textWidth(label) / 2;
    if (px - half < free) continue;
    free = px + half + 4;
    labels.push(text(px, bottom + 14, label, { anchor: "middle" }));
  }
  for (const { value, label } of y.ticks) {
    const py = top + (1 - y.place(value)) * height;
    grid.push(`M${round(left)} ${round(py)}h${round(width)}`);
    labels.push(text(left - 5, py + 4, label, { anchor: "end" }));
  }
  return [
    `<path class="grid" d="${grid.join("")}" fill="none" stroke="#dddddd"/>`,
    ...labels,
    text(left + width / 2, bottom + 30, xLabel, { anchor: "middle" }),
    text(13, top + height / 2, yLabel, { anchor: "middle", turn: -90 }),
  ];
}

function bandElement({ points, style, path = false }: Curve, at: (x: number, y: number) => [number, number]): string {
  const inside = points.filter(({ x, low, high }) => [x, low, high].every(Number.isFinite));
  if (path || inside.every(({ low, high }) => low === high)) return "";
  const rim = [...inside.map(({ x, high }) => at(x, high)), ...inside.toReversed().map(({ x, low }) => at(x, low))];
  const paint = `class="f${style.color}" fill="${colors[style.color]}" fill-opacity=".16"`;
  if (inside.length > 1) return `<path d="M${joined(rim)}z" ${paint}/>`;
  const [[x, high], [, low]] = rim;
  return `<path d="M${round(x)} ${round(high)}V${round(low)}" ${strokeOf({ ...style, dash: "" })}/>`;
}

function lineElement(
  { points, style, path = false, scattered = false }: Curve,
  index: number,
  at: (x: number, y: number) => [number, number],
): string {
  const finite = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  if (finite.length === 0) return "";
  const places = finite.map(({ x, y }) => at(x, y));
  const line = places.length > 1 && !scattered ? `<path d="M${joined(places)}" ${strokeOf(style)}/>` : "";
  const marks = scattered ? places : path ? [places.at(-1)!] : marked(places, index);
  return line + marks.map(([x, y]) => markerAt(x, y, style)).join("");
}

/** Where markers stand: evenly, each curve's at other places than the next one's, and at the end. */
function marked(places: readonly [number, number][], index: number): [number, number][] {
  if (places.length <= mostMarkers) return [...places];
  const step = places.length / 6;
  const begin = step * (0.2 + ((index * 0.37) % 0.8));
  const found = Array.from({ length: 6 }, (_, count) => Math.floor(begin + count * step)).filter(
    (place) => place < places.length - 1,
  );
  return [...found.map((place) => places[place]), places.at(-1)!];
}

const joined = (places: readonly (readonly [number, number])[]): string =>
  places.map(([x, y]) => `${round(x)} ${round(y)}`).join("L");

function contourElement({ values }: Ground, { left, top, width, height }: Inner): string {
  const place = ([x, y]: readonly [number, number]): string =>
    `${round(left + x * width)} ${round(top + (1 - y) * height)}`;
  return contourLevels(values)
    .map((level, index) => {
      const path = contourPieces(values, level)
        .map(([from, to]) => `M${place(from)}L${place(to)}`)
        .join("");
      const opacity = (0.55 - index * 0.035).toFixed(2);
      return `<path class="contour" d="${path}" fill="none" stroke="#333333" stroke-opacity="${opacity}" stroke-width=".8"/>`;
    })
    .join("");
}

const contourSample: LegendEntry["sample"] = (x, y) =>
  [-4, 0, 4]
    .map(
      (shift) =>
        `<path class="contour" d="M${round(x)} ${round(y + shift)}q${sampleWidth / 2} -4 ${sampleWidth} 0" fill="none" stroke="#333333" stroke-opacity=".5" stroke-width=".8"/>`,
    )
    .join("");
