// The result of a training run for a person to read.
import type { Module } from "tatamijs/nn";
import type { FitResult } from "tatamijs/train";
import { imageShape } from "tatamijs-course/nets";
import type { Mistake } from "tatamijs-course/training";
import { chart } from "../drawing/chart.ts";
import { drawDigit, drawnSize } from "../drawing/digit-drawing.ts";
import { drawImage, drawnSide, imageOfPixels } from "../drawing/image-drawing.ts";
import { duration, grouped, milliseconds, share } from "../drawing/numbers.ts";
import type { Terminal } from "../drawing/terminal.ts";
import type { BackendChoice } from "../machine/backend-choice.ts";
import type { OwnInput, TrainRequest } from "./train-request.ts";

type Look = Pick<Terminal, "columns" | "colors">;

/** What is about to run. */
export function introduction(request: TrainRequest, model: Module, choice: BackendChoice, look: Look): string {
  const { name, net, hidden, settings, seed, input } = request;
  const { iterations, batchSize, optimizer, lr, trainSize, testSize } = settings;
  const { bold, dim } = look.colors;
  const parameters = model.parameters().reduce((total, parameter) => total + parameter.values().length, 0);
  return [
    "",
    `${bold(name)}  ${dim(net.layers(hidden, input ?? {}))}`,
    `${grouped(parameters)} parameters, ${optimizer} with learning rate ${lr}, seed ${seed}`,
    ...changeLine(request),
    `${grouped(iterations)} iterations of ${grouped(batchSize)} images, out of ${input === null ? "MNIST's first " : ""}${grouped(trainSize)}; ${grouped(testSize)} to test on`,
    ...inputLines(request),
    ...featureLines(request),
    backendLine(choice, look),
    "",
    "",
  ].join("\n");
}

/** Of data of one's own: what they are, and where. */
function inputLines({ input }: TrainRequest): string[] {
  if (input === null) return [];
  const { name, imageShape, classes, normalization, residence } = input;
  const normalized = normalization === null ? "" : ", normalised";
  return [`${name}: ${imageShape.join(" × ")} in ${grouped(classes)} classes${normalized}, ${residence}`];
}

/** What is not as in the course, and where checkpoints go. */
function featureLines({ features, checkpoint }: TrainRequest): string[] {
  const words = Object.entries(features).map(([name, value]) => {
    const spelled = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return value === true ? spelled : `${spelled} ${value}`;
  });
  const lines = words.length === 0 ? [] : [words.join(", ")];
  if (checkpoint === null) return lines;
  const { directory, every, from } = checkpoint;
  const begun = from === null ? "" : `goes on from step ${grouped(from)}; `;
  return [...lines, `${begun}checkpoints every ${grouped(every)} iterations in ${directory}`];
}

/** What was changed about the net and its loss. */
function changeLine({ choices, penalties }: TrainRequest): string[] {
  const { activation, init, batchNorm, dropout } = choices;
  const changes = [
    ...(activation === undefined ? [] : [activation]),
    ...(init === undefined ? [] : [`initial weights ${init}`]),
    ...(batchNorm === undefined ? [] : ["batch normalisation"]),
    ...(dropout === undefined ? [] : [`dropout ${dropout}`]),
    ...(penalties.l1 === 0 ? [] : [`L1 with λ ${penalties.l1}`]),
    ...(penalties.l2 === 0 ? [] : [`L2 with λ ${penalties.l2}`]),
  ];
  return changes.length === 0 ? [] : [changes.join(", ")];
}

function backendLine({ name, isa, threads, threadsWanted, why }: BackendChoice, { colors }: Look): string {
  const kind = isa === null ? "" : ` (${isa})`;
  const asked = threadsWanted === undefined || threadsWanted === threads ? "" : ` of ${threadsWanted} asked for`;
  return `backend ${colors.bold(name)}${kind}, ${threads} thread${threads === 1 ? "" : "s"}${asked}: ${why}`;
}

export interface Outcome {
  readonly result: FitResult;
  readonly mistakes: readonly Mistake[];
  /** of the whole command */
  readonly secondsTotal: number;
}

export function report(request: TrainRequest, outcome: Outcome, look: Look): string {
  const { result, mistakes } = outcome;
  const sections = [
    result.stopped === null ? [] : [look.colors.yellow(stopNote(request, result))],
    outcomeTable(request, outcome, look),
    learningCurve(result, look),
    result.history.length === 0 ? [] : drawnMistakes(mistakes, request, look),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n\n`;
}

function stopNote({ settings, checkpoint }: TrainRequest, { iterations, history, stopped }: FitResult): string {
  const why = stopped === "early stopping" ? ", because the test loss got no better" : "";
  const note = `stopped after ${grouped(iterations)} of ${grouped(settings.iterations)} iterations${why}`;
  const last = history.at(-1);
  const more = checkpoint === null || why !== "" ? "" : `; go on with tatami train --resume ${checkpoint.directory}`;
  if (last === undefined) return `${note}, before the first evaluation${more}`;
  return `${note}${last.iteration === iterations ? "" : `, evaluated after ${grouped(last.iteration)}`}${more}`;
}

/** The one line of --quiet. */
export function shortReport(
  { name }: TrainRequest,
  { result, secondsTotal }: Pick<Outcome, "result" | "secondsTotal">,
): string {
  const last = result.history.at(-1);
  const accuracies = last
    ? `test accuracy ${share(last.validation!.accuracy)}${last.training === null ? "" : `, training accuracy ${share(last.training.accuracy)}`}`
    : "not evaluated yet";
  return `${name}: ${accuracies}, ${grouped(result.iterations)} iterations, ${duration(secondsTotal)}\n`;
}

/** Ours, and beside it what the course's students published. */
function outcomeTable(
  { net, asPublished, settings, input }: TrainRequest,
  { result, secondsTotal }: Outcome,
  look: Look,
): string[] {
  const { bold, dim, green } = look.colors;
  const { published, exercise } = net;
  const { min, median, p95 } = result.stepMilliseconds;
  const last = result.history.at(-1);
  const range = (runs: readonly number[]): string => `${share(Math.min(...runs))} to ${share(Math.max(...runs))}`;
  const own = last?.training ? share(last.training.accuracy) : "–";
  const all: [name: string, ours: string, theirs: string][] = [
    ["", "here", `published for exercise ${exercise}${asPublished ? "" : ", with its own settings"}`],
    ["test accuracy", last ? share(last.validation!.accuracy) : "–", range(published.testAccuracy)],
    ["training accuracy", own, published.trainAccuracy ? range(published.trainAccuracy) : ""],
    ["time", duration(secondsTotal), published.seconds ? `${published.seconds} s on a hosted notebook` : ""],
  ];
  // nobody has published anything about data of one's own
  const rows = input === null ? all : all.slice(1).map(([label, ours]) => [label, ours, ""] as const);
  const width = Math.max(...rows.map(([, ours]) => ours.length));
  const lines = rows.map(([name, ours, theirs]) => {
    const padded = ours.padEnd(width + 3);
    const value = name === "" ? dim(padded) : name === "test accuracy" ? bold(green(padded)) : padded;
    return `  ${dim(name.padEnd(19))}${value}${dim(theirs)}`.trimEnd();
  });
  // none was made where none was left to make
  if (Number.isNaN(median)) return lines;
  const rate = grouped((settings.batchSize * 1000) / median);
  const spread = `fastest ${milliseconds(min)}, 95 % within ${milliseconds(p95)}`;
  return [...lines, `  ${dim("a step".padEnd(19))}${milliseconds(median)} ms, ${rate} images/s ${dim(`(${spread})`)}`];
}

function learningCurve({ history }: FitResult, { columns, colors }: Look): string[] {
  if (history.length < 2) return [];
  const points = (split: "training" | "validation"): { x: number; y: number }[] =>
    history.flatMap((entry) => (entry[split] ? [{ x: entry.iteration, y: entry[split].accuracy }] : []));
  const curves = [
    { name: "training", points: points("training"), dotted: true, paint: colors.yellow },
    { name: "test", points: points("validation"), dotted: false, paint: colors.green },
  ].filter((curve) => curve.points.length > 0);
  return [colors.dim("  accuracy"), ...chart(curves, { columns, rows: 12, xLabel: "iterations", colors })];
}

function drawnMistakes(mistakes: readonly Mistake[], { input, settings }: TrainRequest, look: Look): string[] {
  const { testSize } = settings;
  const { columns, colors } = look;
  if (mistakes.length === 0) return [`  all ${grouped(testSize)} test images are right`];
  const gap = "    ";
  const side = input === null ? drawnSize : drawnSide;
  const shown = mistakes.slice(0, Math.floor((columns + gap.length - 4) / (side + gap.length)));
  const drawings = shown.map(({ pixels }) => drawn(pixels, input, look));
  const nameOf = (label: number): string => input?.classNames?.[label] ?? String(label);
  const captions = shown.map(({ label, predicted, probability }) => {
    const caption = `${nameOf(label)} taken for ${nameOf(predicted)} (${Math.round(probability * 100)} %)`;
    return (caption.length > side + 2 ? `${caption.slice(0, side - 1)}…` : caption).padEnd(side);
  });
  const rows = drawings[0].map((_, line) => drawings.map((drawing) => drawing[line]).join(gap));
  const count = `${grouped(mistakes.length)} of ${grouped(testSize)} test images are wrong, most surely ${shown.length === 1 ? "this one" : "these"}`;
  return [colors.dim(`  ${count}`), "", ...[...rows, "", captions.join(gap)].map((line) => `  ${line}`.trimEnd())];
}

function drawn(pixels: Float32Array, input: OwnInput | null, { colors }: Look): string[] {
  if (input !== null) return drawImage(imageOfPixels(pixels, input.imageShape), colors.isColorSupported);
  const [, height, width] = imageShape;
  return drawDigit(pixels, height, width);
}
