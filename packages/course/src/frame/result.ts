// What an exercise yields while it runs: plain data, to be drawn by whoever asked. Nothing here knows how it looks.

/** The axes of a plot; series and surfaces of one title share a plot. */
export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
}

export interface Axis {
  /** with its unit, where it has one */
  readonly label: string;
  /** "share": from 0 to 1; "log": positive values over orders of magnitude; default "linear" */
  readonly scale?: "linear" | "share" | "log";
}

export type Point = readonly [x: number, y: number];

/** A curve, or the next points of one that was yielded before under the same plot and name. */
export interface Series {
  readonly kind: "series";
  readonly plot: Plot;
  readonly name: string;
  readonly points: readonly Point[];
  /** whether x may go back and forth, as in a trajectory; default false */
  readonly path?: boolean;
  /** whether these are points that no line joins; default false */
  readonly scattered?: boolean;
}

/** Values of a function of two variables on a grid, to be drawn as contours behind the series of its plot. */
export interface Surface {
  readonly kind: "surface";
  readonly plot: Plot;
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
  /** [rows][columns], the first row at the low end of y */
  readonly values: readonly (readonly number[])[];
}

export interface Histogram {
  readonly kind: "histogram";
  /** of the group it belongs to */
  readonly title: string;
  readonly name: string;
  /** of what is counted */
  readonly label: string;
  /** one more than counts, rising */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export type Cell = string | number;

export interface Table {
  readonly kind: "table";
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Image {
  readonly kind: "image";
  /** of the group it belongs to; alone where there is none */
  readonly group?: string;
  readonly title: string;
  readonly height: number;
  readonly width: number;
  /** [height, width], row-major, in [0, 1] */
  readonly pixels: readonly number[];
  /** the values that pixels 0 and 1 stand for; default 0 and 1 */
  readonly range?: readonly [low: number, high: number];
}

/** How often images of each class were taken for each. */
export interface Confusion {
  readonly kind: "confusion";
  readonly title: string;
  readonly classes: readonly string[];
  /** [class][taken for] */
  readonly counts: readonly (readonly number[])[];
}

export interface Text {
  readonly kind: "text";
  readonly text: string;
}

/** A number that sums the run up: compared with what was published, and taken together over seeds. */
export interface Measure {
  readonly kind: "measure";
  readonly name: string;
  readonly value: number;
}

/** A claim of the course that this run has computed. */
export interface Verdict {
  readonly kind: "verdict";
  readonly claim: string;
  readonly holds: boolean;
  /** the numbers it rests on */
  readonly detail: string;
}

/** Training that could not go on: a result, not an error. */
export interface Diverged {
  readonly kind: "diverged";
  /** which training, where an exercise trains several times */
  readonly label?: string;
  /** from 1 */
  readonly step: number;
  /** where values stopped being finite first */
  readonly place: string;
}

/** How far the run is. */
export interface Progress {
  readonly kind: "progress";
  /** in [0, 1] */
  readonly share: number;
  readonly text: string;
}

export type Result =
  | Series
  | Surface
  | Histogram
  | Table
  | Image
  | Confusion
  | Text
  | Measure
  | Verdict
  | Diverged
  | Progress;

export type ResultKind = Result["kind"];

export const text = (content: string): Text => ({ kind: "text", text: content });

export const measure = (name: string, value: number): Measure => ({ kind: "measure", name, value });

export const verdict = (claim: string, holds: boolean, detail: string): Verdict => ({
  kind: "verdict",
  claim,
  holds,
  detail,
});

export const table = (title: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): Table => ({
  kind: "table",
  title,
  columns,
  rows,
});

export const series = (plot: Plot, name: string, points: readonly Point[]): Series => ({
  kind: "series",
  plot,
  name,
  points,
});

/**
 * Counts values in equal bins.
 * @param range of the bins; values outside are counted in the first or last one; default: that of the values
 */
export function histogram(
  { title, name, label }: Pick<Histogram, "title" | "name" | "label">,
  values: ArrayLike<number>,
  { bins = 30, range }: { bins?: number; range?: readonly [number, number] } = {},
): Histogram {
  const [low, high] = range ?? rangeOf(values);
  const width = (high - low) / bins || 1;
  const counts = new Array<number>(bins).fill(0);
  for (let index = 0; index < values.length; index++) {
    counts[Math.min(bins - 1, Math.max(0, Math.floor((values[index]! - low) / width)))]++;
  }
  const edges = Array.from({ length: bins + 1 }, (_, index) => low + index * width);
  return { kind: "histogram", title, name, label, edges, counts };
}

/**
 * An image of any values: the lowest of `range` becomes 0, the highest 1, in 255 steps.
 * @param values [height, width], row-major
 */
export function image(
  { group, title }: Pick<Image, "group" | "title">,
  values: ArrayLike<number>,
  [height, width]: readonly [number, number],
  range: readonly [number, number],
): Image {
  const [low, high] = range;
  const shade = (value: number): number => {
    const share = high === low ? 0 : (value - low) / (high - low);
    return Math.round(Math.min(1, Math.max(0, share)) * 255) / 255;
  };
  const pixels = Array.from(values, (value) => Number(shade(value).toFixed(3)));
  return { kind: "image", ...(group !== undefined && { group }), title, height, width, pixels, range };
}

function rangeOf(values: ArrayLike<number>): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    low = Math.min(low, values[index]!);
    high = Math.max(high, values[index]!);
  }
  return [low, high];
}
