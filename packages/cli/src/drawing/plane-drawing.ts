// Paths in a plane, such as an optimiser's on a surface, drawn with Braille patterns over the surface's contours.
import type { Surface } from "tatamijs-course/frame";
import { dotBits } from "./chart.ts";
import { short } from "./chart-scale.ts";
import type { Colors } from "./terminal.ts";

type Paint = (text: string) => string;

interface PlaneCell {
  bits: number;
  mark: string;
  paint: Paint;
}

export interface PlanePath {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly paint: Paint;
  /** stands at the path's end */
  readonly mark: string;
}

export interface PlaneOptions {
  readonly columns: number;
  readonly rows: number;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly colors: Colors;
}

/** How many contours there are between a surface's smallest and largest value. */
const levels = 9;

export function plane(paths: readonly PlanePath[], surface: Surface | undefined, options: PlaneOptions): string[] {
  const { columns, rows, xLabel, yLabel, colors } = options;
  const points = paths.flatMap((path) => path.points).filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  const [left, right] = surface?.x ?? rangeOf(points.map(({ x }) => x));
  const [bottom, top] = surface?.y ?? rangeOf(points.map(({ y }) => y));
  const width = columns - 2;
  const place = (x: number, y: number): [column: number, row: number] => [
    Math.round(((x - left) / (right - left)) * (width * 2 - 1)),
    Math.round(((top - y) / (top - bottom)) * (rows * 4 - 1)),
  ];
  const cells = Array.from({ length: rows }, () =>
    Array.from({ length: width }, (): PlaneCell => ({ bits: 0, mark: "", paint: colors.dim })),
  );
  const dot = ([column, row]: readonly [number, number], paint: Paint): void => {
    const cell = cells[row >> 2]?.[column >> 1];
    if (cell === undefined || column < 0 || row < 0) return;
    if (cell.paint !== paint) cell.bits = 0;
    cell.bits |= dotBits[row & 3][column & 1];
    cell.paint = paint;
  };
  if (surface !== undefined) for (const at of contourDots(surface, width * 2, rows * 4)) dot(at, colors.dim);
  for (const { points: own, paint } of paths) {
    for (let index = 1; index < own.length; index++) {
      for (const at of line(place(own[index - 1].x, own[index - 1].y), place(own[index].x, own[index].y)))
        dot(at, paint);
    }
  }
  for (const { points: own, paint, mark } of paths) {
    const [column, row] = place(own.at(-1)!.x, own.at(-1)!.y);
    const cell = cells[row >> 2]?.[column >> 1];
    if (cell !== undefined) Object.assign(cell, { mark, paint });
  }
  const drawn = cells.map((row) =>
    row
      .map(({ bits, mark, paint }) =>
        mark !== "" ? paint(mark) : bits === 0 ? " " : paint(String.fromCharCode(0x2800 + bits)),
      )
      .join(""),
  );
  const ends = `${xLabel} from ${short(left)} to ${short(right)}, ${yLabel} from ${short(bottom)} to ${short(top)}`;
  return [...drawn.map((row) => `  ${row}`.trimEnd()), colors.dim(`  ${ends}`)];
}

function rangeOf(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? [low - 1, high + 1] : [low, high];
}

/** Where the level of a surface, in equal steps of its fourth root, differs from that of the dot beside or below. */
function* contourDots({ values }: Surface, width: number, height: number): Generator<[number, number]> {
  const all = values.flat();
  const low = Math.min(...all);
  const span = Math.max(...all) - low || 1;
  const level = (column: number, row: number): number => {
    const y = Math.round(((height - 1 - row) / (height - 1)) * (values.length - 1));
    const x = Math.round((column / (width - 1)) * (values[0].length - 1));
    return Math.floor(((values[y][x] - low) / span) ** 0.25 * levels);
  };
  for (let row = 0; row < height - 1; row++) {
    for (let column = 0; column < width - 1; column++) {
      const here = level(column, row);
      if (here !== level(column + 1, row) || here !== level(column, row + 1)) yield [column, row];
    }
  }
}

function* line([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]): Generator<[number, number]> {
  const steps = Math.min(1000, Math.max(1, Math.abs(x1 - x0), Math.abs(y1 - y0)));
  for (let step = 0; step <= steps; step++) {
    yield [Math.round(x0 + ((x1 - x0) * step) / steps), Math.round(y0 + ((y1 - y0) * step) / steps)];
  }
}
