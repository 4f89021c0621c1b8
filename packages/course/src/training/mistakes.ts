// The test images a model gets wrong, the ones it was surest of first.
import type { Dataset } from "tatamijs/data";
import type { Module } from "tatamijs/nn";
import { predict } from "tatamijs/train";

export interface Mistake {
  /** [height, width] in [0, 1] */
  readonly pixels: Float32Array;
  readonly label: number;
  readonly predicted: number;
  /** that the model gave to what it predicted */
  readonly probability: number;
}

/** @param backend default: the current one */
export async function mistakesOf(model: Module, test: Dataset, backend?: string): Promise<Mistake[]> {
  const { labels, probabilities, classes } = await predict(model, test, { backend });
  const size = test.images.length / test.labels.length;
  return Array.from(labels, (predicted, index) => ({
    pixels: test.images.subarray(index * size, (index + 1) * size),
    label: test.labels[index],
    predicted,
    probability: probabilities[index * classes + predicted],
  }))
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.probability - a.probability);
}
