// A run of an exercise for a person to read: what it yielded, in its order, and the outcomes beside what was published.
import {
  asPublished,
  type Band,
  bandsOf,
  type Confusion,
  type Diverged,
  type Image,
  type Outcome,
  type Surface,
} from "tatamijs-course/frame";
import { type Curve, chart } from "../drawing/chart.ts";
import { linearScale, logScale, shareScale, short } from "../drawing/chart-scale.ts";
import { histogramLines } from "../drawing/histogram-drawing.ts";
import { drawImage, drawnSide } from "../drawing/image-drawing.ts";
import { duration, share } from "../drawing/numbers.ts";
import { plane } from "../drawing/plane-drawing.ts";
import { table } from "../drawing/table.ts";
import type { Terminal } from "../drawing/terminal.ts";
import type { CourseRun } from "./course-run.ts";
import { wrapped } from "./course-texts.ts";
import { resultGroups, type Single } from "./result-groups.ts";

type Look = Pick<Terminal, "columns" | "colors">;

const scales = { share: shareScale, log: logScale, linear: linearScale };

/** Curves that one chart can hold; the SVG has them all. */
const mostCurves = 10;

/** @param command that gives the same again */
export function courseReport(run: CourseRun, command: string, look: Look): string {
  const { configuration, runs, aborted } = run;
  const { exercise, variant } = configuration;
  const { bold, dim, yellow } = look.colors;
  const seeds = runs.length === 1 ? "" : dim(`  ${runs.length} seeds: medians; the rest is of seed ${runs[0]?.seed}`);
  const seconds = runs.reduce((total, { seconds }) => total + seconds, 0);
  return [
    "",
    `${bold(exercise.id)}  ${bold(exercise.title)}  ${dim(variant.name)}${seeds}`,
    ...wrapped(variant.description, look.columns - 2).map((line) => dim(`  ${line}`)),
    "",
    ...sections(run, look).flatMap((lines) => [...lines, ""]),
    ...outcomeTable(run, look),
    ...(aborted ? [yellow(`stopped before it was done${run.kept ? "; the same --out goes on with it" : ""}`)] : []),
    "",
    ...wrapped(`${duration(seconds)}${continued(runs)}: ${command}`, look.columns - 2).map((line) => dim(`  ${line}`)),
    "",
    "",
  ].join("\n");
}

/** What the time leaves out. */
function continued(runs: CourseRun["runs"]): string {
  const steps = runs.flatMap(({ from }) => from ?? []);
  return steps.length === 0 ? "" : ` from ${steps.length === 1 ? "step" : "steps"} ${steps.join(", ")} on`;
}

function sections({ runs }: CourseRun, look: Look): string[][] {
  const bands = bandsOf(runs);
  return resultGroups(runs[0]?.results ?? []).flatMap((group): string[][] => {
    switch (group.kind) {
      case "plot":
        return [
          plotLines(
            bands.filter(({ plot }) => plot.title === group.plot.title),
            group.surface,
            look,
          ),
        ];
      case "histograms":
        return [histogramLines(group.histograms, look)];
      case "images":
        return [imageLines(group.title, group.images, look)];
      case "confusion":
        return [confusionLines(group.confusion, look)];
      default:
        return single(group.result, look);
    }
  });
}

/** The first images of a group side by side, each with its title below. */
function imageLines(title: string, images: readonly Image[], { columns, colors }: Look): string[] {
  const drawings = images.map(({ height, width, pixels }) => {
    const data = Uint8Array.from(pixels, (pixel) => Math.round(pixel * 255));
    return drawImage({ width, height, channels: 1, data }, colors.isColorSupported);
  });
  const widths = images.map(({ title: name, width }) => Math.max(Math.min(width, drawnSide), name.length));
  let room = columns - 2;
  const fitting = widths.findIndex((width) => {
    room -= width + 2;
    return room < -2;
  });
  const shown = fitting < 0 ? images.length : Math.max(1, fitting);
  const tall = Math.max(...drawings.slice(0, shown).map((lines) => lines.length));
  const drawn = Array.from({ length: tall }, (_, line) =>
    drawings
      .slice(0, shown)
      .map((lines, index) => {
        const margin = " ".repeat(Math.max(0, widths[index] - Math.min(images[index].width, drawnSide)));
        return (lines[line] ?? "").slice(0, colors.isColorSupported ? undefined : widths[index]) + margin;
      })
      .join("  "),
  );
  const names = images.slice(0, shown).map(({ title: name }, index) => name.padEnd(widths[index]));
  const rest = images.length - shown;
  return [
    colors.dim(`  ${title}`),
    ...drawn.map((line) => `  ${line}`.trimEnd()),
    `  ${names.join("  ")}`.trimEnd(),
    ...(rest > 0 ? [colors.dim(`  and ${rest} more, in the SVG of --out`)] : []),
  ];
}

function confusionLines({ title, classes, counts }: Confusion, { colors }: Look): string[] {
  const cells = counts.map((row, index) => [classes[index], ...row.map((count) => (count === 0 ? "·" : `${count}`))]);
  const [head, ...rows] = table([["", ...classes], ...cells], ["right", ...classes.map(() => "right" as const)]);
  return [
    colors.dim(`  ${title}: rows the class, columns what it was taken for`),
    colors.dim(`  ${head}`),
    ...rows.map((row) => `  ${row}`),
  ];
}

function plotLines(bands: readonly Band[], surface: Surface | undefined, { columns, colors }: Look): string[] {
  if (bands.length === 0) return [];
  const paints = [colors.green, colors.yellow, colors.cyan, colors.magenta, colors.blue, colors.red];
  const { plot } = bands[0];
  const paintOf = (index: number): ((text: string) => string) => paints[index % paints.length];
  const heading = colors.dim(`  ${plot.title === plot.y.label ? plot.title : `${plot.title}: ${plot.y.label}`}`);
  if (bands.some(({ path }) => path)) {
    const letters = "abcdefghijklmnopqrstuvwxyz";
    // a table says where scattered points are
    const lines = bands.filter(({ scattered }) => !scattered);
    const paths = lines.map(({ name, points }, index) => ({
      name,
      points,
      paint: paintOf(index),
      mark: letters[index % 26],
    }));
    const legend = paths.map(({ name, mark, paint }) => paint(`${mark} ${name}`)).join("  ");
    const options = { columns, rows: 16, xLabel: plot.x.label, yLabel: plot.y.label, colors };
    return [heading, ...plane(paths, surface, options), `  ${legend}`];
  }
  const shown = bands.slice(0, mostCurves);
  const rest = bands.length - shown.length;
  if (shown.every(({ points }) => points.length < 2)) {
    return [heading, ...shown.map(({ name, points }, index) => `  ${paintOf(index)(name)} ${short(points[0].y)}`)];
  }
  const curves = shown.map(
    ({ name, points }, index): Curve => ({ name, points, dotted: index % 2 === 1, paint: paintOf(index) }),
  );
  const rows = Math.max(10, curves.length + 1);
  const scale = scales[plot.y.scale ?? "linear"];
  return [
    heading,
    ...chart(curves, { columns, rows, xLabel: plot.x.label, colors, scale }),
    ...(rest > 0 ? [colors.dim(`  and ${rest} more, in the SVG of --out`)] : []),
  ];
}

function single(result: Single, { columns, colors }: Look): string[][] {
  switch (result.kind) {
    case "text":
      return [result.text.split("\n").flatMap((line) => wrapped(line, columns - 2).map((part) => `  ${part}`))];
    case "table": {
      const cells = result.rows.map((row) => row.map((cell) => (typeof cell === "number" ? numberText(cell) : cell)));
      const alignments = result.columns.map((_, column) =>
        result.rows.every((row) => typeof row[column] === "number") ? "right" : "left",
      );
      const [head, ...rows] = table([result.columns, ...cells], alignments);
      return [[colors.dim(`  ${result.title}`), colors.dim(`  ${head}`), ...rows.map((row) => `  ${row}`)]];
    }
    case "verdict": {
      const mark = result.holds ? colors.green("✓") : colors.red("✗");
      const detail = wrapped(result.detail, columns - 4).map((line) => colors.dim(`    ${line}`));
      return [
        [...wrapped(result.claim, columns - 4).map((line, index) => `${index === 0 ? mark : " "} ${line}`), ...detail],
      ];
    }
    case "diverged":
      return [[colors.yellow(`  ${divergence(result)}`)]];
    default:
      return [];
  }
}

export function divergence({ label, step, place }: Diverged): string {
  return `${label === undefined ? "" : `${label}: `}diverged at step ${step}, first in ${place}`;
}

function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15
    ? value.toLocaleString("en-US")
    : String(Number(value.toPrecision(4)));
}

function outcomeTable({ configuration, outcomes, runs }: CourseRun, { colors }: Look): string[] {
  if (outcomes.length === 0) return [];
  const { dim, green, yellow, bold } = colors;
  const comparable = asPublished(configuration);
  const several = runs.length > 1;
  const head = [
    "",
    "here",
    ...(several ? ["from", "to"] : []),
    outcomes.every(({ published }) => published === null)
      ? ""
      : comparable
        ? "published"
        : "published, with other settings",
  ];
  const rows = outcomes.map(({ measure, median, low, high, published }) => [
    measure,
    outcomeText(measure, median),
    ...(several ? [outcomeText(measure, low), outcomeText(measure, high)] : []),
    published === null ? "" : published.values.map((value) => outcomeText(measure, value)).join(" "),
  ]);
  const lines = table(
    [head, ...rows],
    head.map(() => "left"),
  );
  return lines.map((line, index) => {
    if (index === 0) return dim(`  ${line}`);
    const mark = comparable ? verdictOf(outcomes[index - 1]) : "";
    const paint = mark === "" ? (text: string) => text : mark.startsWith("inside") ? green : yellow;
    return `  ${bold(line)}${mark === "" ? "" : `  ${paint(mark)}`}`;
  });
}

const outcomeText = (measure: string, value: number): string =>
  measure.includes("accuracy") ? share(value) : numberText(value);

function verdictOf({ published, values }: Outcome): string {
  if (published === null) return "";
  if (published.inside) return "inside";
  return values.length === 1 ? "outside; --seeds 1..5 shows the spread" : "outside";
}
