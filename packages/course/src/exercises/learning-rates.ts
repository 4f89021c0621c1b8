// Optimisers on a network over learning rates: how far each is forgiving.
import { defineExercise, type RunContext } from "../frame/exercise.ts";
import { measure, type Plot, type Result, series, table } from "../frame/result.ts";
import { choice, integer, integers, reals, type Values } from "../frame/setting.ts";
import { activationNames, batchNormPlaces, initNames, mlp } from "../nets/mlp.ts";
import { optimizerNames } from "../nets/optimizers.ts";
import { augmentSettings } from "../training/augment.ts";
import { learning } from "../training/learning.ts";
import { optimizerOf } from "./mlp-training.ts";

const settings = {
  rates: reals([-4, -3, -2, -1, 0], "log₁₀ of the learning rates", { min: -10, max: 3 }),
  hidden: integers([40, 20], "sizes of the hidden layers", { max: 1000, most: 10 }),
  activation: choice("relu", activationNames, "after each hidden layer"),
  init: choice("he", initNames, "initial weights"),
  batchNorm: choice("off", batchNormPlaces, "batch normalisation, γ and β trained"),
  iterations: integer(500, "steps of each run"),
  batchSize: integer(100, "images a step, drawn with replacement", { min: 2, max: 1000 }),
  trainSize: integer(10_000, "the first so many training images", { max: 60_000 }),
  testSize: integer(2000, "the first so many test images", { max: 10_000 }),
  ...augmentSettings,
};

const plot: Plot = {
  title: "test accuracy over learning rates",
  x: { label: "log₁₀ of the learning rate" },
  y: { label: "accuracy", scale: "share" },
};

/** What drawing a class at random reaches: a run that diverged counts as that. */
const chance = 0.1;

export const learningRates = defineExercise({
  id: "rates",
  title: "Optimisers over learning rates",
  teaches:
    "Each method has rates it learns with: those that divide by the gradient's size want small ones, whatever the gradients are, SGD large ones. Comparing methods at one rate, as exercise 2_4 does, compares rates as much as methods. Batch normalisation widens the range.",
  formula: "accuracy after the same number of steps, lr = 10ᵏ",
  settings,
  quick: { variants: ["relu"], seeds: 1, set: { iterations: "200", testSize: "1000" } },
  variants: [
    { name: "relu", description: "ReLU with He's initial values", set: {}, published: [] },
    { name: "relu-bn", description: "the same with batch normalisation", set: { batchNorm: "before" }, published: [] },
    {
      name: "sigmoid",
      description: "sigmoid and standard deviation .01, as in 2_4",
      set: { activation: "sigmoid", init: "gaussian" },
      published: [],
    },
  ],
  yields: ["series", "table", "measure", "progress"],
  tiny: { rates: "-2,-1", hidden: "8", iterations: "2", batchSize: "8", trainSize: "40", testSize: "20" },
  run: async function* (values: Values<typeof settings>, { seed, load, signal }: RunContext): AsyncGenerator<Result> {
    const { rates, iterations, batchSize } = values;
    const data = await load("train", values.trainSize);
    const validation = await load("test", values.testSize);
    const sorted = rates.toSorted((a, b) => a - b);
    const rows: (string | number)[][] = [];
    let done = 0;
    for (const optimizer of optimizerNames) {
      const accuracies: number[] = [];
      for (const exponent of sorted) {
        if (signal?.aborted) return;
        const model = mlp(values).initialize(seed);
        const penalties = { l1: 0, l2: 0, outputLayer: "trained", trainNorm: true } as const;
        const run = learning({
          model,
          optimizer: optimizerOf(model, { optimizer, lr: 10 ** exponent, ...penalties }),
          data,
          validation,
          iterations,
          batchSize,
          replacement: true,
          seed,
          evaluateEvery: iterations,
          signal,
          augment: values,
        });
        let accuracy = chance;
        for await (const result of run) {
          if (result.kind === "measure") accuracy = result.value;
          if (result.kind === "diverged")
            yield { ...result, label: `${optimizer}, lr ${(10 ** exponent).toPrecision(1)}` };
        }
        accuracies.push(accuracy);
        yield series(plot, optimizer, [[exponent, accuracy]]);
        done++;
        yield {
          kind: "progress",
          share: done / sorted.length / optimizerNames.length,
          text: `${optimizer}, learning rate ${(10 ** exponent).toPrecision(1)}`,
        };
      }
      rows.push([optimizer, ...accuracies]);
      yield measure(`${optimizer}, best test accuracy`, Math.max(...accuracies));
    }
    yield table("test accuracy", ["optimiser", ...sorted.map((exponent) => `10^${exponent}`)], rows);
  },
});
