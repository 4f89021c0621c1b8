// `tatami runs plot`: a curve for each recorded run, in the terminal or as a picture in a file.
import { writeFileSync } from "node:fs";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { chart } from "../drawing/chart.ts";
import { linearScale, logScale, shareScale, type VerticalScale } from "../drawing/chart-scale.ts";
import { drawPng } from "../drawing/png-drawing.ts";
import { type Axis, plotDrawing } from "../drawing/svg/plot-drawing.ts";
import { styleAt } from "../drawing/svg/series-style.ts";
import { svgFile } from "../drawing/svg/svg-document.ts";
import { asItIs } from "../drawing/svg/svg-text.ts";
import { shortened } from "../drawing/table.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { type RecordedRun, recordedRuns } from "./recorded-runs.ts";

export interface PlotOptions {
  metric?: string;
  scale?: string;
  svg?: string;
  png?: string;
}

type Metric = (entry: RecordedRun["history"][number]) => number | undefined;

const metrics = {
  "test-accuracy": (entry) => entry.validation?.accuracy,
  "train-accuracy": (entry) => entry.training?.accuracy,
  "test-loss": (entry) => entry.validation?.loss,
  "train-loss": (entry) => entry.training?.loss,
  "learning-rate": (entry) => entry.learningRates[0],
} satisfies Record<string, Metric>;

export const metricNames = Object.keys(metrics) as (keyof typeof metrics)[];

export const scaleNames = ["linear", "log"] as const;

/** greatest to least value from which on a linear axis would show little but the greatest */
const wide = 20;

/** longest name in a picture */
const longestName = 40;

/** units of a picture */
const pictureWidth = 800;

interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** among all runs, whether they have this metric or not, so that a run looks alike in every plot of its folder */
  readonly style: number;
}

/** @returns the exit code */
export async function plotCommand(directory: string, options: PlotOptions): Promise<number> {
  const metric = known("metric", options.metric ?? "test-accuracy", metricNames);
  const asked = options.scale === undefined ? undefined : known("scale", options.scale, scaleNames);
  const runs = await recordedRuns(directory);
  const curves = runs.map(({ name, history }, style): Curve => {
    const points = history.flatMap((entry) => {
      const y = metrics[metric](entry);
      return y === undefined || !Number.isFinite(y) ? [] : [{ x: entry.iteration, y }];
    });
    return { name, points, style };
  });
  const drawn = curves.filter(({ points }) => points.length > 1);
  if (drawn.length === 0) {
    throw new UsageError(`nothing to plot in ${directory}, got no run with two values of ${metric}, expected one`);
  }
  const scale = asked ?? (metric.endsWith("accuracy") ? "share" : spansMuch(drawn) ? "log" : "linear");
  const title = `${metric.replace("-", " ")}${scale === "log" ? " (log scale)" : ""}`;
  const { svg, png } = options;
  const output = terminalOf(process.stdout);
  if (svg === undefined && png === undefined) {
    output.write(inTerminal(drawn, title, scales[scale], output));
  } else {
    const named = drawn.map((curve) => ({ ...curve, name: shortened(curve.name, longestName) }));
    const drawing = curvesSvg(named, title, { label: metric.replace("-", " "), scale });
    if (svg !== undefined) write("--svg", svg, drawing);
    if (png !== undefined) write("--png", png, await drawPng(drawing));
    for (const file of [svg, png]) if (file !== undefined) output.write(`${file}\n`);
  }
  const left = curves.filter((curve) => !drawn.includes(curve)).map(({ name }) => name);
  if (left.length > 0) {
    process.stderr.write(`not drawn, for want of two values of ${metric}: ${left.join(", ")}\n`);
  }
  return 0;
}

function curvesSvg(curves: readonly Curve[], title: string, y: Axis): string {
  const drawn = curves.map(({ name, points, style }) => ({
    name,
    style: styleAt(style),
    points: points.map(({ x, y }) => ({ x, y, low: y, high: y })),
  }));
  const plotted = { x: { label: "iterations" }, y, curves: drawn, names: "ends" } as const;
  return svgFile(title, plotDrawing(plotted, { width: pictureWidth, say: asItIs }));
}

function write(option: string, file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new UsageError(`${option} ${file} cannot be written, got "${(error as Error).message}", expected a file`);
  }
}

type ScaleOf = (values: readonly number[]) => VerticalScale;

const scales: Readonly<Record<"share" | (typeof scaleNames)[number], ScaleOf>> = {
  share: shareScale,
  linear: linearScale,
  log: logScale,
};

function spansMuch(curves: readonly Curve[]): boolean {
  const values = curves.flatMap(({ points }) => points.map(({ y }) => y));
  const least = Math.min(...values);
  return least > 0 && Math.max(...values) >= wide * least;
}

function inTerminal(curves: readonly Curve[], title: string, scale: ScaleOf, { columns, colors }: Terminal): string {
  const paints = [colors.green, colors.yellow, colors.cyan, colors.magenta];
  // the fifth has the first one's colour again, and dots where that has a line
  const painted = curves.map(({ name, points, style }) => ({
    name: shortened(name, Math.floor(columns / 4)),
    points,
    dotted: (style + Math.floor(style / paints.length)) % 2 === 1,
    paint: paints[style % paints.length],
  }));
  const lines = chart(painted, { columns, rows: Math.max(12, curves.length), scale, xLabel: "iterations", colors });
  return ["", colors.dim(`  ${title}`), ...lines, "", ""].join("\n");
}
