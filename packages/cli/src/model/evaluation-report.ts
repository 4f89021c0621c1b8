// What `tatami evaluate` found, for people.

import { grouped, share } from "../drawing/numbers.ts";
import { table } from "../drawing/table.ts";
import type { Terminal } from "../drawing/terminal.ts";
import type { ClassificationMetrics } from "./classification-metrics.ts";
import { bar } from "./predict-command.ts";

export interface EvaluationTitle {
  readonly model: string;
  readonly data: string;
  readonly split: string | null;
}

/** More classes than this make no readable matrix; the worst confusions are listed instead. */
const mostColumns = 12;

export function evaluationText(
  { model, data, split }: EvaluationTitle,
  names: readonly string[],
  metrics: ClassificationMetrics,
  { colors }: Pick<Terminal, "colors">,
): string {
  const { bold, dim, green } = colors;
  const { images, accuracy, calibrationError } = metrics;
  const on = `${data}${split === null ? "" : ` ${split}`}, ${grouped(images)} images`;
  const percent = `${(100 * calibrationError).toFixed(2)} %`;
  return [
    "",
    `${bold(model)}  ${dim(`on ${on}`)}`,
    "",
    `  ${dim("accuracy")}           ${bold(green(share(accuracy)))}  ${dim(`${grouped(Math.round(images * (1 - accuracy)))} wrong`)}`,
    `  ${dim("calibration error")}  ${percent}  ${dim("expected, over 10 bins")}`,
    "",
    ...classLines(names, metrics, dim),
    "",
    ...(names.length <= mostColumns ? confusionLines(names, metrics, dim) : confusedLines(names, metrics, dim)),
    "",
    ...calibrationLines(metrics, dim),
    "",
    "",
  ].join("\n");
}

type Paint = (text: string) => string;

function shown(value: number | null): string {
  return value === null ? "–" : share(value);
}

function classLines(names: readonly string[], { classes }: ClassificationMetrics, dim: Paint): string[] {
  const rows = classes.map(({ count, recall, precision }, index) => [
    names[index],
    grouped(count),
    shown(recall),
    shown(precision),
    bar(recall ?? 0, 20),
  ]);
  const [head, ...body] = table(
    [["class", "images", "found", "right", ""], ...rows],
    ["left", "right", "right", "right", "left"],
  );
  return [`  ${dim(head)}`, ...body.map((line) => `  ${line}`)];
}

function confusionLines(names: readonly string[], { confusion }: ClassificationMetrics, dim: Paint): string[] {
  const columns = names.map((name) => name.slice(0, 6));
  const [head, ...body] = table(
    [
      ["is \\ taken for", ...columns],
      ...confusion.map((row, index) => [names[index], ...row.map((n) => (n === 0 ? "·" : grouped(n)))]),
    ],
    names.length === 0 ? ["left"] : ["left", ...columns.map(() => "right" as const)],
  );
  return [`  ${dim(head)}`, ...body.map((line) => `  ${line}`)];
}

function confusedLines(names: readonly string[], { confusion }: ClassificationMetrics, dim: Paint): string[] {
  const pairs = confusion
    .flatMap((row, is) => row.map((count, guess) => ({ is, guess, count })))
    .filter(({ is, guess, count }) => is !== guess && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 10);
  if (pairs.length === 0) return [`  ${dim("nothing is confused")}`];
  const rows = pairs.map(({ is, guess, count }) => [names[is], names[guess], grouped(count)]);
  const [head, ...body] = table([["is", "taken for", "times"], ...rows], ["left", "left", "right"]);
  return [`  ${dim(head)}`, ...body.map((line) => `  ${line}`)];
}

function calibrationLines({ bins }: ClassificationMetrics, dim: Paint): string[] {
  const rows = bins
    .filter(({ count }) => count > 0)
    .map(({ from, to, count, accuracy, confidence }) => [
      `${Math.round(100 * from)} to ${Math.round(100 * to)} %`,
      grouped(count),
      shown(confidence),
      shown(accuracy),
    ]);
  const [head, ...body] = table(
    [["sure by", "images", "mean", "right"], ...rows],
    ["right", "right", "right", "right"],
  );
  return [`  ${dim(head)}`, ...body.map((line) => `  ${line}`)];
}
