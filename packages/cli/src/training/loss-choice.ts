// The loss as the command line asks for it: cross-entropy, smoothed and weighted by class.
import type { LabelledImages } from "tatamijs/data";
import { CrossEntropyLoss } from "tatamijs/nn";
import { UsageError } from "../command/usage-error.ts";
import type { FeatureOptions } from "./train-request.ts";

/** @returns undefined for plain cross-entropy @throws UsageError for weights that do not fit the classes */
export function lossOf(
  { labelSmoothing, classWeights }: FeatureOptions,
  data: Pick<LabelledImages, "labels" | "classes">,
): CrossEntropyLoss | undefined {
  if (labelSmoothing === undefined && classWeights === undefined) return undefined;
  const weight = classWeights === undefined ? undefined : weightsOf(classWeights, data);
  return new CrossEntropyLoss({ labelSmoothing, weight });
}

/** Balanced as scikit-learn has it: N / (K · images of the class), so that all classes weigh as much. */
function weightsOf(text: string, { labels, classes }: Pick<LabelledImages, "labels" | "classes">): number[] {
  if (text === "balanced") {
    const counts = new Array<number>(classes).fill(0);
    for (const label of labels) counts[label]++;
    // a class without images has nothing to weigh
    return counts.map((count) => (count === 0 ? 0 : labels.length / (classes * count)));
  }
  const weights = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const right =
    weights.every((weight) => Number.isFinite(weight) && weight >= 0) && weights.some((weight) => weight > 0);
  if (right && weights.length === classes) return weights;
  throw new UsageError(
    `--class-weights does not fit the classes, got ${text}, expected balanced or ${classes} numbers of at least 0 with commas between`,
  );
}
