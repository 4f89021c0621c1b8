// Hyperparameter search as in the book: learning rate and weight decay drawn from logarithmic ranges.
import { take } from "tatamijs/data";
import { Random, streamOf } from "tatamijs/random";
import { defineExercise, type RunContext } from "../frame/exercise.ts";
import { measure, type Plot, type Result, series, table } from "../frame/result.ts";
import { integer, integers, real, type Values } from "../frame/setting.ts";
import { mlp } from "../nets/mlp.ts";
import { augmentSettings } from "../training/augment.ts";
import { learning } from "../training/learning.ts";
import { optimizerOf } from "./mlp-training.ts";

const settings = {
  trials: integer(30, "pairs that are tried; the book has 100", { max: 10_000 }),
  lrLow: real(-6, "log₁₀ of the smallest learning rate", { min: -12, max: 3 }),
  lrHigh: real(-2, "log₁₀ of the largest", { min: -12, max: 3 }),
  decayLow: real(-8, "log₁₀ of the smallest weight decay", { min: -12, max: 3 }),
  decayHigh: real(-4, "log₁₀ of the largest", { min: -12, max: 3 }),
  hidden: integers([100, 100, 100, 100, 100, 100], "sizes of the hidden layers", { max: 1000, most: 10 }),
  epochs: integer(50, "times through the training images", { max: 1000 }),
  trainSize: integer(500, "images, of which the validation images are taken off", { min: 5, max: 60_000 }),
  validationShare: real(0.2, "of them that are kept out to compare trials by", { max: 0.9, aboveMin: true }),
  batchSize: integer(100, "images a step", { max: 1000 }),
  ...augmentSettings,
};

const plot: Plot = {
  title: "accuracy on the images kept out, of the best trials",
  x: { label: "iterations" },
  y: { label: "accuracy", scale: "share" },
};

export const hyperparameterSearch = defineExercise({
  id: "search",
  title: "Hyperparameter search",
  teaches:
    "Learning rate and weight decay are tried over orders of magnitude, because they work by factors, not by differences. Trials are compared on images kept out of training, never on the test images, which would no longer be new then. Random draws try more different values of each than a grid of as many trials.",
  formula: "lr = 10^U(−6, −2), weight decay = 10^U(−8, −4)",
  settings,
  quick: { seeds: 1, set: { trials: "20", epochs: "20" } },
  variants: [
    {
      name: "book",
      description: "SGD, 500 images, 20 % kept out, 50 epochs; 30 trials instead of 100",
      set: {},
      published: [],
    },
  ],
  yields: ["series", "table", "measure", "progress"],
  tiny: { trials: "2", hidden: "8", epochs: "1", trainSize: "20", batchSize: "5" },
  refuse: ({ lrLow, lrHigh, decayLow, decayHigh }) => {
    if (lrHigh < lrLow) return { key: "lrHigh", expected: `at least lrLow, ${lrLow}` };
    return decayHigh < decayLow ? { key: "decayHigh", expected: `at least decayLow, ${decayLow}` } : null;
  },
  run: async function* (values: Values<typeof settings>, { seed, load, signal }: RunContext): AsyncGenerator<Result> {
    const { trials, hidden, epochs, trainSize, validationShare, batchSize } = values;
    const kept = Math.max(1, Math.floor(trainSize * validationShare));
    const all = await load("train", trainSize);
    const [data, validation] = [take(all, trainSize - kept, kept), take(all, kept)];
    const random = new Random(seed, streamOf("search"));
    const tried: { lr: number; decay: number; accuracy: number; curve: [number, number][] }[] = [];
    for (let trial = 0; trial < trials && !signal?.aborted; trial++) {
      const lr = 10 ** (values.lrLow + random.uniform() * (values.lrHigh - values.lrLow));
      const decay = 10 ** (values.decayLow + random.uniform() * (values.decayHigh - values.decayLow));
      const model = mlp({ hidden, activation: "relu", init: "he" }).initialize(seed);
      const penalties = { l1: 0, l2: decay, outputLayer: "trained", trainNorm: false } as const;
      const perEpoch = Math.ceil(data.labels.length / batchSize);
      const curve: [number, number][] = [];
      const run = learning({
        model,
        optimizer: optimizerOf(model, { optimizer: "sgd", lr, ...penalties }),
        data,
        validation,
        iterations: epochs * perEpoch,
        batchSize,
        replacement: true,
        seed,
        evaluateEvery: perEpoch * Math.max(1, Math.floor(epochs / 10)),
        signal,
        augment: values,
        onEntry: ({ iteration, validation: seen }) => {
          curve.push([iteration, seen!.accuracy]);
          return "go on";
        },
      });
      for await (const result of run) {
        if (result.kind === "diverged") yield { ...result, label: `trial ${trial + 1}, lr ${lr.toPrecision(2)}` };
      }
      tried.push({ lr, decay, accuracy: curve.at(-1)?.[1] ?? 0, curve });
      yield {
        kind: "progress",
        share: (trial + 1) / trials,
        text: `trial ${trial + 1}, best ${Math.max(...tried.map(({ accuracy }) => accuracy)).toFixed(3)}`,
      };
    }
    const best = tried.toSorted((a, b) => b.accuracy - a.accuracy);
    for (const [index, { curve, lr }] of best.slice(0, 5).entries()) {
      yield series(plot, `${index + 1}: lr ${lr.toPrecision(2)}`, curve);
    }
    yield table(
      "trials, best first",
      ["", "learning rate", "weight decay", "accuracy on images kept out"],
      best
        .slice(0, 10)
        .map(({ lr, decay, accuracy }, index) => [index + 1, lr.toExponential(1), decay.toExponential(1), accuracy]),
    );
    if (best.length > 0) {
      yield measure("best learning rate", best[0].lr);
      yield measure("best accuracy on images kept out", best[0].accuracy);
    }
  },
});
