// Logs of a run beside its checkpoints: its history as JSON lines and CSV, and TensorBoard's event files. Nothing reads them
// to go on; a run that is resumed writes its history anew, without what was made after its checkpoint.
import { appendFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { beginEvents, type EventValue, restartEvents, writeEvent } from "tatamijs/formats";
import type { FitResult, HistoryEntry, RunView } from "tatamijs/train";
import type { Mistake } from "tatamijs-course/training";
import { replaceFile, written } from "../command/replaced-file.ts";
import { imageOfPixels } from "../drawing/image-drawing.ts";

const columns = [
  "iteration",
  "loss",
  "learningRate",
  "trainLoss",
  "trainAccuracy",
  "testLoss",
  "testAccuracy",
] as const;

export interface RunLogOptions {
  readonly directory: string;
  /** the step that is gone on from; null for a new run */
  readonly from: number | null;
  /** what was asked for */
  readonly settings: Readonly<Record<string, unknown>>;
  /** [C, H, W] of the images */
  readonly imageShape: readonly [number, number, number];
  /** null where classes have numbers only */
  readonly classNames: readonly string[] | null;
}

export class RunLog {
  readonly #options: RunLogOptions;
  /** the event file; null before the first word: until then the folder may be another run's */
  #events: string | null = null;

  constructor(options: RunLogOptions) {
    this.#options = options;
  }

  evaluated(entry: HistoryEntry, { history }: RunView): void {
    if (this.#events === null) this.#begin(history.slice(0, -1));
    const { directory } = this.#options;
    append(join(directory, "history.jsonl"), jsonLine(entry));
    append(join(directory, "history.csv"), csvLine(entry));
    const { iteration, loss, learningRates, training, validation } = entry;
    this.#write(iteration, [
      { tag: "train/batch loss", scalar: loss },
      ...learningRates.slice(0, 1).map((rate) => ({ tag: "learning rate", scalar: rate })),
      ...Object.entries(training ?? {}).map(([name, value]) => ({ tag: `train/${name}`, scalar: value })),
      ...Object.entries(validation ?? {}).map(([name, value]) => ({ tag: `test/${name}`, scalar: value })),
    ]);
  }

  /** How the weights are distributed. */
  checkpointed({ model, iteration, history }: RunView): void {
    if (this.#events === null) this.#begin(history);
    this.#write(
      iteration,
      model.namedParameters().map(([name, parameter]) => ({ tag: `weights/${name}`, histogram: parameter.values() })),
    );
  }

  /** The end: images the model was most surely wrong about. */
  ended({ iterations }: FitResult, mistakes: readonly Mistake[]): void {
    const { imageShape, classNames } = this.#options;
    const nameOf = (label: number): string => classNames?.[label] ?? String(label);
    this.#write(
      iterations,
      mistakes.slice(0, 16).map(({ pixels, label, predicted }, index) => {
        const { channels, height, width, data } = imageOfPixels(pixels, imageShape);
        const tag = `mistakes/${index + 1}: ${nameOf(label)} taken for ${nameOf(predicted)}`;
        return { tag, image: { channels, height, width, pixels: data } };
      }),
    );
  }

  #begin(history: readonly HistoryEntry[]): void {
    const { directory, from, settings } = this.#options;
    const now = Date.now() / 1000;
    this.#events = join(directory, `events.out.tfevents.${Math.floor(now)}.${hostname()}.${process.pid}`);
    const lines = Object.entries(settings).map(([name, value]) => `| ${name} | ${value} |`);
    const text = ["| option | value |", "|---|---|", ...lines].join("\n");
    const begin: Uint8Array[] = [beginEvents(now)];
    if (from !== null) begin.push(restartEvents(now, from + 1));
    begin.push(writeEvent({ wallTime: now, step: from ?? 0, values: [{ tag: "settings", text }] }));
    const events = this.#events;
    written(events, () => writeFileSync(events, Buffer.concat(begin), { flag: "wx" }));
    replaceFile(join(directory, "history.jsonl"), history.map(jsonLine).join(""));
    replaceFile(join(directory, "history.csv"), `${columns.join(",")}\n${history.map(csvLine).join("")}`);
  }

  #write(step: number, values: readonly EventValue[]): void {
    if (this.#events === null || values.length === 0) return;
    append(this.#events, writeEvent({ wallTime: Date.now() / 1000, step, values }));
  }
}

function append(file: string, content: string | Uint8Array): void {
  written(file, () => appendFileSync(file, content));
}

function rowOf({ iteration, loss, learningRates, training, validation }: HistoryEntry): (number | null)[] {
  const parts = [training?.loss, training?.accuracy, validation?.loss, validation?.accuracy];
  return [iteration, loss, learningRates[0] ?? null, ...parts.map((part) => part ?? null)];
}

function jsonLine(entry: HistoryEntry): string {
  const values = rowOf(entry);
  return `${JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, values[index]])))}\n`;
}

function csvLine(entry: HistoryEntry): string {
  return `${rowOf(entry)
    .map((value) => value ?? "")
    .join(",")}\n`;
}
