// Training as an exercise shows it: loss and accuracies as they come, the last ones as measures, divergence as a result.
import { DivergenceError, type HistoryEntry } from "tatamijs/train";
import { measure, type Plot, type Result, series } from "../frame/result.ts";
import { type AugmentValues, withAugmentation } from "./augment.ts";
import { type FittingOptions, fitting } from "./fitting.ts";

export const accuracyPlot: Plot = {
  title: "accuracy",
  x: { label: "iterations" },
  y: { label: "accuracy", scale: "share" },
};

export const lossPlot: Plot = {
  title: "loss",
  x: { label: "iterations" },
  y: { label: "cross entropy of the batch", scale: "log" },
};

export interface LearningOptions extends Omit<FittingOptions, "iterations" | "epochs"> {
  readonly iterations: number;
  /** what is done to the images of every batch; default nothing */
  readonly augment?: AugmentValues;
  /** in front of the names of series and measures, where one exercise trains several times; default none */
  readonly label?: string;
  /** what the validation images are called; default "test" */
  readonly validationName?: string;
  /** whether the loss is shown; default true */
  readonly showLoss?: boolean;
  /** what follows each evaluation, such as a decision to stop */
  readonly onEntry?: (entry: HistoryEntry) => "go on" | "stop";
}

/** @returns the last evaluation, null where training diverged before the first one */
export async function* learning(options: LearningOptions): AsyncGenerator<Result, HistoryEntry | null> {
  const { label, validationName = "test", showLoss = true, onEntry = () => "go on", augment, ...fitOptions } = options;
  const model = augment === undefined ? options.model : withAugmentation(options.model, augment, options.seed ?? 0);
  const named = (name: string): string => (label === undefined ? name : `${label}, ${name}`);
  let last: HistoryEntry | null = null;
  try {
    for await (const entry of fitting({ ...fitOptions, model })) {
      last = entry;
      const { iteration, loss, training, validation } = entry;
      if (showLoss) yield series(lossPlot, named("loss"), [[iteration, loss]]);
      if (training) yield series(accuracyPlot, named("training"), [[iteration, training.accuracy]]);
      if (validation) yield series(accuracyPlot, named(validationName), [[iteration, validation.accuracy]]);
      yield {
        kind: "progress",
        share: iteration / options.iterations,
        text: `${label === undefined ? "" : `${label}: `}iteration ${iteration} of ${options.iterations}, loss ${loss.toPrecision(3)}`,
      };
      if (onEntry(entry) === "stop") break;
    }
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    yield {
      kind: "diverged",
      ...(label !== undefined && { label }),
      step: error.step,
      place: error.divergence.place,
    };
  }
  if (last?.training) yield measure(named("training accuracy"), last.training.accuracy);
  if (last?.validation) yield measure(named(`${validationName} accuracy`), last.validation.accuracy);
  return last;
}
