// The plots of an exercise's runs as drawings, each with the data behind it: curves with bands over seeds, paths on contours,
// histograms, images, confusion matrices. `course run --out` writes them as files, the report puts them into its page.
import { type Band, bandsOf, type Cell, type Run, type Surface } from "tatamijs-course/frame";
import { confusionDrawing } from "../drawing/svg/confusion-drawing.ts";
import { histogramDrawing } from "../drawing/svg/histogram-panels.ts";
import { imageSheet } from "../drawing/svg/image-sheet.ts";
import { type Axis, plotDrawing } from "../drawing/svg/plot-drawing.ts";
import { type SeriesStyle, seriesStyles } from "../drawing/svg/series-style.ts";
import { type Drawing, type DrawingOptions, svgFile } from "../drawing/svg/svg-document.ts";
import { asItIs } from "../drawing/svg/svg-text.ts";
import { type ResultGroup, resultGroups } from "./result-groups.ts";

export interface Figure {
  /** of its files, without extension */
  readonly name: string;
  readonly title: string;
  readonly draw: (options: DrawingOptions) => Drawing;
  /** what is drawn, in full */
  readonly data: readonly FigureData[];
}

export interface FigureData {
  /** of its file, without extension */
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Units of a drawing in a file of its own. */
const fileWidth = 640;

/** A figure for each group of results that is one, at the group's place; null for the others. */
export function figureOf(group: ResultGroup, runs: readonly Run[], bands = bandsOf(runs)): Figure | null {
  switch (group.kind) {
    case "plot":
      return plotFigure(
        bands.filter(({ plot }) => plot.title === group.plot.title),
        group.surface,
        seriesStyles(namesOf(bands)),
      );
    case "histograms": {
      const { title, histograms } = group;
      const rows = histograms.flatMap(({ name, edges, counts }) =>
        counts.map((count, bin) => [name, edges[bin], edges[bin + 1], count]),
      );
      const columns = ["histogram", `${histograms[0].label} from`, "to", "count"];
      return figure(title, (options) => histogramDrawing(histograms, options), columns, rows);
    }
    case "images": {
      const { title, images } = group;
      const rows = images.flatMap((image, index) => {
        const [low, high] = image.range ?? [0, 1];
        return image.pixels.map((pixel, place) => [
          index + 1,
          image.title,
          Math.floor(place / image.width),
          place % image.width,
          Number((low + pixel * (high - low)).toPrecision(4)),
        ]);
      });
      return figure(
        title,
        (options) => imageSheet(images, options),
        ["image", "title", "row", "column", "value"],
        rows,
      );
    }
    case "confusion": {
      const { title, classes, counts } = group.confusion;
      const rows = counts.flatMap((row, label) => row.map((count, guess) => [classes[label], classes[guess], count]));
      const draw = (options: DrawingOptions): Drawing => confusionDrawing(group.confusion, options);
      return figure(title, draw, ["class", "taken for", "count"], rows);
    }
    case "single":
      return null;
  }
}

/** One curve of each variant, side by side: those of a name that several have. */
export function comparison(
  title: string,
  variants: readonly { readonly name: string; readonly runs: readonly Run[] }[],
  series: { readonly plot: string; readonly name: string },
  styles: ReadonlyMap<string, SeriesStyle>,
): Figure | null {
  const bands = variants.flatMap(({ name, runs }) =>
    bandsOf(runs)
      .filter((band) => band.plot.title === series.plot && band.name === series.name)
      .map((band): Band => ({ ...band, name, plot: { ...band.plot, title } })),
  );
  return bands.length < 2 ? null : plotFigure(bands, undefined, styles);
}

export function plotFigure(
  bands: readonly Band[],
  surface: Surface | undefined,
  styles: ReadonlyMap<string, SeriesStyle>,
): Figure {
  const { plot } = bands[0];
  const { names, shared } = withoutShared(bands.map(({ name }) => name));
  const y: Axis = shared === null ? plot.y : { ...plot.y, label: `${plot.y.label}, ${shared}` };
  const curves = bands.map(({ name, points, path, scattered }, index) => ({
    name: names[index],
    style: styles.get(name)!,
    points,
    path,
    scattered,
  }));
  const single = bands.every(({ points }) => points.every(({ low, high }) => low === high));
  const rows = bands.flatMap(({ name, points }) =>
    points.map(({ x, y: middle, low, high }) => [name, x, middle, ...(single ? [] : [low, high])]),
  );
  const columns = ["series", plot.x.label, plot.y.label, ...(single ? [] : ["lowest", "highest"])];
  const found = figure(
    plot.title,
    (options) => plotDrawing({ x: plot.x, y, curves, ground: surface }, options),
    columns,
    rows,
  );
  return surface === undefined ? found : { ...found, data: [...found.data, surfaceData(found.name, surface)] };
}

function figure(title: string, draw: Figure["draw"], columns: readonly string[], rows: FigureData["rows"]): Figure {
  const name = fileName(title);
  return { name, title, draw, data: [{ name, columns, rows }] };
}

/** What every name of several ends in is said once, at the axis. */
function withoutShared(names: readonly string[]): { names: readonly string[]; shared: string | null } {
  const last = names[0].split(", ").at(-1)!;
  const all = names.length > 1 && names.every((name) => name !== last && name.endsWith(`, ${last}`));
  return all ? { names: names.map((name) => name.slice(0, -last.length - 2)), shared: last } : { names, shared: null };
}

function surfaceData(name: string, { plot, x, y, values }: Surface): FigureData {
  const at = ([low, high]: readonly [number, number], index: number, count: number): number =>
    Number((low + ((high - low) * index) / (count - 1)).toPrecision(6));
  const rows = values.flatMap((row, r) =>
    row.map((value, c) => [at(x, c, row.length), at(y, r, values.length), Number(value.toPrecision(6))]),
  );
  return { name: `${name}-contours`, columns: [plot.x.label, plot.y.label, "height"], rows };
}

export function namesOf(bands: readonly Band[]): string[] {
  return [...new Set(bands.map(({ name }) => name))];
}

export function fileName(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

export function csvOf({ columns, rows }: FigureData): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function cell(value: Cell): string {
  return typeof value === "string" && /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value);
}

/** A figure as an SVG file that stands alone, in English. */
export function figureFile({ title, draw }: Figure): string {
  return svgFile(title, draw({ width: fileWidth, say: asItIs }));
}

export function figuresOf(runs: readonly Run[]): Figure[] {
  const bands = bandsOf(runs);
  return resultGroups(runs[0]?.results ?? []).flatMap((group) => figureOf(group, runs, bands) ?? []);
}
