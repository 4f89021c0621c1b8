// Curves drawn in a terminal with Braille patterns: a character holds 2 × 4 dots.
import { shareScale, short, type VerticalScale } from "./chart-scale.ts";
import { labelPlaces } from "./label-places.ts";
import type { Colors } from "./terminal.ts";

export interface Curve {
  readonly name: string;
  /** x increases */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** tells curves apart where there are no colours */
  readonly dotted: boolean;
  readonly paint: (text: string) => string;
}

export interface ChartOptions {
  /** characters in a line, labels included */
  readonly columns: number;
  /** lines of the drawing itself */
  readonly rows: number;
  /** under the horizontal axis */
  readonly xLabel: string;
  readonly colors: Colors;
  /** of a chart of these values; default shareScale */
  readonly scale?: (values: readonly number[]) => VerticalScale;
}

/** The bit of each dot in a Braille pattern (U+2800 + bits), by row and column. */
export const dotBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** characters left of the drawing, or more where numbers at the axis are longer */
const usualLeft = 6;

/** Values over x, from 0 or the smallest below it, as lines of text. Each curve's name and last value stand at its end. */
export function chart(curves: readonly Curve[], options: ChartOptions): string[] {
  const { columns, rows, xLabel, colors, scale: scaleOf = shareScale } = options;
  const points = curves.flatMap((curve) => curve.points);
  const scale = scaleOf(points.map(({ y }) => y));
  const tickTexts = new Map(scale.ticks(rows).map((y) => [y, scale.tickText(y)]));
  const left = Math.max(usualLeft, ...[...tickTexts.values()].map((text) => text.length + 2));
  const labels = curves.map(({ name, points }) => `${name} ${scale.endText(points.at(-1)!.y)}`);
  const width = columns - left - 1 - Math.max(xLabel.length + 1, ...labels.map((label) => label.length));
  const start = Math.min(0, ...points.map(({ x }) => x));
  const right = Math.max(start, ...points.map(({ x }) => x));
  const rowOf = (y: number): number => {
    const row = Math.round((1 - scale.place(y)) * (rows * 4 - 1));
    return Math.min(rows * 4 - 1, Math.max(0, row || 0));
  };

  const cells = Array.from({ length: rows }, () => Array.from({ length: width }, () => ({ bits: 0, curve: 0 })));
  for (const [index, curve] of curves.entries()) {
    for (const { column, row } of dots(curve, { dotColumns: width * 2, start, right, rowOf })) {
      const cell = cells[row >> 2][column >> 1];
      cell.bits |= dotBits[row & 3][column & 1];
      cell.curve = index;
    }
  }

  const ticks = new Map([...tickTexts].map(([y, text]) => [rowOf(y) >> 2, text]));
  // curves that end in the same row have their labels in the order of their values
  const wanted = curves.map(({ points }) => (1 - scale.place(points.at(-1)!.y)) * (rows - 1));
  const ends = labelPlaces(wanted, 1, rows - 1).map(Math.round);
  const lines = cells.map((row, index) => {
    const tick = ticks.get(index);
    const axis = `${(tick ?? "").padStart(left - 2)} ${tick === undefined ? "│" : "┤"}`;
    const drawn = row
      .map(({ bits, curve }) => (bits === 0 ? " " : curves[curve].paint(String.fromCharCode(0x2800 + bits))))
      .join("");
    const end = ends.indexOf(index);
    return `${colors.dim(axis)}${drawn}${end < 0 ? "" : ` ${curves[end].paint(labels[end])}`}`.trimEnd();
  });
  return [...lines, ...xAxis({ left, width, start, right }, xLabel).map((line) => colors.dim(line))];
}

interface Plane {
  readonly dotColumns: number;
  readonly start: number;
  readonly right: number;
  readonly rowOf: (y: number) => number;
}

/** The dots of a curve: one for each column, and those between that join them. */
function* dots(
  { points, dotted }: Curve,
  { dotColumns, start, right, rowOf }: Plane,
): Generator<{ column: number; row: number }> {
  const columnOf = (x: number): number => Math.round(((x - start) / (right - start || 1)) * (dotColumns - 1));
  let before: number | null = null;
  for (let column = columnOf(points[0].x); column <= columnOf(points.at(-1)!.x); column++) {
    const row = rowOf(interpolate(points, start + (column / (dotColumns - 1)) * (right - start)));
    const from = before === null || dotted ? row : before + Math.sign(row - before);
    const step = Math.sign(row - from) || 1;
    if (!dotted || column % 3 === 0)
      for (let between = from; between !== row + step; between += step) yield { column, row: between };
    before = row;
  }
}

function interpolate(points: Curve["points"], x: number): number {
  const next = points.findIndex((point) => point.x >= x);
  if (next === 0) return points[0].y;
  if (next < 0) return points.at(-1)!.y;
  const a = points[next - 1];
  const b = points[next];
  return a.y + ((x - a.x) / (b.x - a.x)) * (b.y - a.y);
}

function xAxis(
  { left, width, start, right }: Record<"left" | "width" | "start" | "right", number>,
  xLabel: string,
): string[] {
  // numbers need room between them
  const longest = Math.max(...[start, right].map((x) => xText(x, right - start).length));
  const parts = [4, 2, 1].find((count) => width / count >= longest + 2) ?? 1;
  const axis = Array.from({ length: width }, () => "─");
  const numbers = Array.from({ length: left + width + xLabel.length + 8 }, () => " ");
  for (let part = 0; part <= parts; part++) {
    const column = Math.round((part / parts) * (width - 1));
    axis[column] = "┬";
    const text = xText(start + (part / parts) * (right - start), right - start) + (part === parts ? ` ${xLabel}` : "");
    const begin = left + column - (part === parts ? text.indexOf(" ") - 1 : Math.floor(text.length / 2));
    for (const [index, letter] of [...text].entries()) numbers[begin + index] = letter;
  }
  return [`${" ".repeat(left - 1)}└${axis.join("")}`, numbers.join("").trimEnd()];
}

/** Whole numbers, unless the axis is too short for them. */
function xText(x: number, span: number): string {
  return span >= 10 ? Math.round(x).toLocaleString("en-US") : short(x);
}
