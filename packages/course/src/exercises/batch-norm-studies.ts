// Batch normalisation over initial scales, as in the book, and over batch sizes.
import { take } from "tatamijs/data";
import { SGD } from "tatamijs/optim";
import { defineExercise, type RunContext } from "../frame/exercise.ts";
import { measure, type Plot, type Result, series, table, verdict } from "../frame/result.ts";
import { choice, flag, integer, integers, real, type Values } from "../frame/setting.ts";
import { activationNames, batchNormPlaces, mlp } from "../nets/mlp.ts";
import { augmentSettings } from "../training/augment.ts";
import { learning } from "../training/learning.ts";
import { optimizerOf } from "./mlp-training.ts";

const scaleSettings = {
  scales: integer(16, "initial scales, evenly from 1 down to 10⁻⁴ on a log axis", { min: 2, max: 32 }),
  hidden: integers([100, 100, 100, 100, 100], "sizes of the hidden layers", { max: 1000, most: 10 }),
  activation: choice("relu", activationNames, "after each hidden layer"),
  trainNorm: flag(true, "whether γ and β learn"),
  epochs: integer(20, "times through the training images", { max: 100 }),
  trainSize: integer(1000, "the first so many training images", { max: 60_000 }),
  batchSize: integer(100, "images a step", { min: 2, max: 1000 }),
  lr: real(0.01, "learning rate", { max: 100, aboveMin: true }),
  ...augmentSettings,
};

const scalePlot: Plot = {
  title: "training accuracy after the last epoch",
  x: { label: "−log₁₀ of the initial standard deviation" },
  y: { label: "accuracy", scale: "share" },
};

export const batchNormScales = defineExercise({
  id: "bn-scales",
  title: "Batch normalisation over initial scales",
  teaches:
    "The book's sixteen networks start with standard deviations from 1 to .0001. Without batch normalisation only a few of these learn. With it almost all do, because every layer's input is brought to the same size whatever the weights' is.",
  formula: "W ~ N(0, s²), s = 10^(−4k/15), k = 0 … 15",
  settings: scaleSettings,
  quick: { seeds: 1, set: { scales: "8", epochs: "10" } },
  variants: [
    {
      name: "book",
      description: "five hidden layers of 100, ReLU, SGD .01, 1,000 images, 20 epochs",
      set: {},
      published: [],
    },
  ],
  yields: ["series", "measure", "verdict", "progress"],
  tiny: { scales: "2", hidden: "8", epochs: "1", trainSize: "20", batchSize: "10" },
  run: async function* (
    values: Values<typeof scaleSettings>,
    { seed, load, signal }: RunContext,
  ): AsyncGenerator<Result> {
    const { scales, hidden, activation, trainNorm, epochs, trainSize, batchSize, lr } = values;
    const data = await load("train", trainSize);
    const learnt = { with: 0, without: 0 };
    for (let k = 0; k < scales; k++) {
      const exponent = (4 * k) / (scales - 1);
      for (const name of ["with", "without"] as const) {
        if (signal?.aborted) return;
        const batchNorm = name === "with" ? "before" : "off";
        const model = mlp({ hidden, activation, init: "gaussian", scale: 10 ** -exponent, batchNorm }).initialize(seed);
        const optimizer = optimizerOf(model, { optimizer: "sgd", lr, l1: 0, l2: 0, outputLayer: "trained", trainNorm });
        const iterations = epochs * Math.ceil(trainSize / batchSize);
        const run = learning({
          model,
          optimizer,
          data,
          evaluateTraining: true,
          iterations,
          batchSize,
          replacement: true,
          seed,
          signal,
          augment: values,
        });
        // a network that diverged has learnt nothing, which is as good as drawing a class at random
        let accuracy = 0.1;
        for await (const result of run) {
          if (result.kind === "measure") accuracy = result.value;
          if (result.kind === "diverged")
            yield { ...result, label: `scale ${(10 ** -exponent).toPrecision(2)}, ${name}` };
        }
        if (accuracy >= 0.5) learnt[name]++;
        yield series(scalePlot, `${name} batch normalisation`, [[exponent, accuracy]]);
        yield {
          kind: "progress",
          share: (k + 0.5) / scales,
          text: `scale ${(10 ** -exponent).toPrecision(2)}, ${name}`,
        };
      }
    }
    yield measure("scales that learn, with", learnt.with);
    yield measure("scales that learn, without", learnt.without);
    yield verdict(
      "batch normalisation makes learning depend less on initial values",
      learnt.with > learnt.without,
      `${learnt.with} of ${scales} scales reach half of the training images with it, ${learnt.without} without`,
    );
  },
});

const sizeSettings = {
  batchSizes: integers([1, 2, 4, 16, 64, 256], "images a step", { max: 1000, most: 12 }),
  images: integer(20_000, "images seen in all, whatever the batch", { max: 1_000_000 }),
  hidden: integers([40, 20], "sizes of the hidden layers", { max: 1000, most: 10 }),
  activation: choice("sigmoid", activationNames, "after each hidden layer"),
  lr: real(0.05, "learning rate", { max: 100, aboveMin: true }),
  trainSize: integer(10_000, "the first so many training images", { max: 60_000 }),
  testSize: integer(2000, "the first so many test images", { max: 10_000 }),
  ...augmentSettings,
};

const sizePlot: Plot = {
  title: "test accuracy over batch sizes",
  x: { label: "log₂ of the batch size" },
  y: { label: "accuracy", scale: "share" },
};

export const batchNormSizes = defineExercise({
  id: "bn-batches",
  title: "Batch normalisation over batch sizes",
  teaches:
    "Mean and variance are estimated from the batch, so they are the noisier the smaller it is. A batch of one has nothing left once its mean is taken off. Whether it stands before or after the activation matters less.",
  formula: "a batch of 1: x − μ = 0, y = β whatever x is",
  settings: sizeSettings,
  quick: { seeds: 1, set: { batchSizes: "1,2,8,64", images: "10000", testSize: "1000" } },
  variants: [
    {
      name: "all",
      description: "no batch normalisation, before and after the activation; γ and β trained",
      set: {},
      published: [],
    },
  ],
  yields: ["series", "table", "verdict", "progress"],
  tiny: { batchSizes: "1,4", images: "20", hidden: "8", trainSize: "20", testSize: "20" },
  run: async function* (
    values: Values<typeof sizeSettings>,
    { seed, load, signal }: RunContext,
  ): AsyncGenerator<Result> {
    const { batchSizes, images, hidden, activation, lr } = values;
    const data = await load("train", values.trainSize);
    const validation = take(await load("test", values.testSize), values.testSize);
    const rows: number[][] = [];
    let done = 0;
    for (const batchSize of batchSizes) {
      const row: number[] = [batchSize];
      for (const batchNorm of batchNormPlaces) {
        if (signal?.aborted) return;
        const model = mlp({ hidden, activation, init: "xavier", batchNorm }).initialize(seed);
        const optimizer = new SGD(model.parameters(), { lr });
        const iterations = Math.max(1, Math.floor(images / batchSize));
        const run = learning({
          model,
          optimizer,
          data,
          validation,
          iterations,
          batchSize,
          replacement: true,
          seed,
          signal,
          augment: values,
          evaluateEvery: iterations,
        });
        let accuracy = 0.1;
        for await (const result of run) {
          if (result.kind === "measure") accuracy = result.value;
          if (result.kind === "diverged") yield { ...result, label: `batches of ${batchSize}, ${batchNorm}` };
        }
        row.push(accuracy);
        yield series(sizePlot, batchNorm, [[Math.log2(batchSize), accuracy]]);
        done++;
        yield { kind: "progress", share: done / batchSizes.length / 3, text: `batches of ${batchSize}, ${batchNorm}` };
      }
      rows.push(row);
    }
    yield table("test accuracy", ["batch size", "off", "before", "after"], rows);
    const single = rows.find(([size]) => size === 1);
    if (single !== undefined) {
      yield verdict(
        "a batch of one cannot be normalised",
        single[2] < 0.5,
        `test accuracy ${single[2].toFixed(3)} with normalisation before the activation, ${single[1].toFixed(3)} without`,
      );
    }
  },
});
