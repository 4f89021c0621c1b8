// `tatami runs`: the runs in a folder side by side, with what differs in how they were asked for; and their curves.
import { writeFileSync } from "node:fs";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { chart } from "../drawing/chart.ts";
import { linearScale, shareScale } from "../drawing/chart-scale.ts";
import { grouped, share } from "../drawing/numbers.ts";
import { plotDrawing } from "../drawing/svg/plot-drawing.ts";
import { seriesStyles } from "../drawing/svg/series-style.ts";
import { svgFile } from "../drawing/svg/svg-document.ts";
import { asItIs } from "../drawing/svg/svg-text.ts";
import { table } from "../drawing/table.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { differingOptions, type RecordedRun, recordedRuns } from "./recorded-runs.ts";

export interface RunsOptions {
  json?: boolean;
}

export interface PlotOptions {
  metric?: string;
  svg?: string;
}

/** @returns the exit code */
export async function runsCommand(directory: string, { json }: RunsOptions): Promise<number> {
  const runs = await recordedRuns(directory);
  const output = terminalOf(process.stdout);
  output.write(json ? `${JSON.stringify(runs)}\n` : text(runs, output));
  return 0;
}

function text(runs: readonly RecordedRun[], { colors }: Terminal): string {
  const { bold, dim, yellow } = colors;
  const differing = differingOptions(runs);
  const header = ["run", ...differing.map(([name]) => name), "steps", "test accuracy", "best", "at", "test loss", ""];
  const rows = runs.map((run, index) => {
    const { step, options, history, running } = run;
    const last = history.at(-1)?.validation;
    const best = bestOf(run);
    const of =
      options.iterations === undefined || options.iterations === step ? "" : ` of ${grouped(options.iterations)}`;
    return [
      run.name,
      ...differing.map(([, values]) => values[index]),
      `${grouped(step)}${of}`,
      last ? share(last.accuracy) : "–",
      best ? share(best.validation!.accuracy) : "–",
      best ? grouped(best.iteration) : "–",
      last ? last.loss.toPrecision(3) : "–",
      running ? "running" : "",
    ];
  });
  const [head, ...body] = table(
    [header, ...rows],
    header.map((_, index) => (index === 0 || index === header.length - 1 ? "left" : "right")),
  );
  const nets = new Set(runs.map(({ net }) => net));
  const title =
    nets.size === 1
      ? `${bold([...nets][0])}  ${dim(`${runs.length} run${runs.length === 1 ? "" : "s"}`)}`
      : bold(`${runs.length} runs`);
  const damage = runs.flatMap((run) => (run.damage === null ? [] : [yellow(`  ${run.name}: ${run.damage}`)]));
  return ["", title, "", `  ${dim(head)}`, ...body.map((line) => `  ${line}`.trimEnd()), "", ...damage, ""].join("\n");
}

function bestOf({ history }: RecordedRun): RecordedRun["history"][number] | undefined {
  const evaluated = history.filter(({ validation }) => validation !== null);
  return evaluated.reduce<RecordedRun["history"][number] | undefined>(
    (best, entry) => (best === undefined || entry.validation!.accuracy > best.validation!.accuracy ? entry : best),
    undefined,
  );
}

const metrics = {
  "test-accuracy": { split: "validation", value: "accuracy" },
  "train-accuracy": { split: "training", value: "accuracy" },
  "test-loss": { split: "validation", value: "loss" },
  "train-loss": { split: "training", value: "loss" },
} as const;

type MetricName = keyof typeof metrics;

export const metricNames = Object.keys(metrics) as MetricName[];

/** @returns the exit code */
export async function plotCommand(directory: string, options: PlotOptions): Promise<number> {
  const metric = known("metric", options.metric ?? "test-accuracy", metricNames);
  const { split, value } = metrics[metric];
  const curves = (await recordedRuns(directory)).flatMap(({ name, history }) => {
    const points = history.flatMap((entry) => {
      const y = entry[split]?.[value];
      return y === undefined || !Number.isFinite(y) ? [] : [{ x: entry.iteration, y }];
    });
    return points.length < 2 ? [] : [{ name, points }];
  });
  if (curves.length === 0) {
    throw new UsageError(`nothing to plot in ${directory}, got no run with two evaluations, expected one`);
  }
  const output = terminalOf(process.stdout);
  if (options.svg !== undefined) {
    writeFileSync(options.svg, curvesSvg(metric.replace("-", " "), curves, value === "accuracy"));
    output.write(`${options.svg}\n`);
    return 0;
  }
  const paints = [output.colors.green, output.colors.yellow, output.colors.cyan, output.colors.magenta];
  const painted = curves.map((curve, index) => ({
    ...curve,
    dotted: index % 2 === 1,
    paint: paints[index % paints.length],
  }));
  const scale = value === "accuracy" ? shareScale : linearScale;
  const { columns, colors } = output;
  const lines = chart(painted, { columns, rows: Math.max(12, curves.length), scale, xLabel: "iterations", colors });
  output.write(["", colors.dim(`  ${metric.replace("-", " ")}`), ...lines, "", ""].join("\n"));
  return 0;
}

type NamedPoints = { readonly name: string; readonly points: readonly { readonly x: number; readonly y: number }[] };

function curvesSvg(title: string, curves: readonly NamedPoints[], share: boolean): string {
  const styles = seriesStyles(curves.map(({ name }) => name));
  const drawn = curves.map(({ name, points }) => ({
    name,
    style: styles.get(name)!,
    points: points.map(({ x, y }) => ({ x, y, low: y, high: y })),
  }));
  const y = { label: title, scale: share ? "share" : "linear" } as const;
  return svgFile(title, plotDrawing({ x: { label: "iterations" }, y, curves: drawn }, { width: 800, say: asItIs }));
}
