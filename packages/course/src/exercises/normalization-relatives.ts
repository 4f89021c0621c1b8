// Batch norm and its relatives in one convolutional network.
import {
  BatchNorm2d,
  Conv2d,
  Flatten,
  GroupNorm,
  Identity,
  InstanceNorm2d,
  LayerNorm,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
} from "tatamijs/nn";
import { defineExercise, type RunContext } from "../frame/exercise.ts";
import { type Result, table, text } from "../frame/result.ts";
import { integer, integers, real, type Values } from "../frame/setting.ts";
import { optimizers } from "../nets/optimizers.ts";
import { augmentSettings } from "../training/augment.ts";
import { learning } from "../training/learning.ts";

const settings = {
  channels: integer(16, "filters of each convolution", { max: 256 }),
  groups: integer(4, "of group norm; divides the channels", { max: 256 }),
  batchSizes: integers([2, 8, 32], "images a step", { min: 2, max: 1000, most: 8 }),
  images: integer(6400, "images seen in all, whatever the batch", { max: 1_000_000 }),
  lr: real(0.05, "learning rate of SGD", { max: 100, aboveMin: true }),
  trainSize: integer(5000, "the first so many training images", { max: 60_000 }),
  testSize: integer(1000, "the first so many test images", { max: 10_000 }),
  ...augmentSettings,
};

type Norm = (channels: number, side: number, groups: number) => Module;

const norms: Readonly<Record<string, Norm>> = {
  none: () => new Identity(),
  batch: (channels) => new BatchNorm2d(channels),
  layer: (channels, side) => new LayerNorm([channels, side, side]),
  instance: (channels) => new InstanceNorm2d(channels, { affine: true }),
  group: (channels, _side, groups) => new GroupNorm(groups, channels),
};

/** Two convolutions with a normalisation behind each. */
function net(norm: Norm, channels: number, groups: number): Sequential {
  const he = { weightInit: "heNormal", biasInit: "zeros" } as const;
  return new Sequential(
    new Conv2d(1, channels, 3, { padding: 1, ...he }),
    norm(channels, 28, groups),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(channels, channels, 3, { padding: 1, ...he }),
    norm(channels, 14, groups),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(channels * 49, 10, he),
  );
}

export const normalizationRelatives = defineExercise({
  id: "norms",
  title: "Batch, layer, instance and group norm",
  teaches:
    "All subtract a mean and divide by a standard deviation; they differ in what these are taken over. Batch norm takes each channel over the batch, so small batches make it noisy. Layer norm takes each image over everything, instance norm each channel of each image, group norm some channels of each image, and none of these cares about the batch.",
  formula: "x [N, C, H, W]: batch over N, H, W; layer over C, H, W; instance over H, W; group over C/G, H, W",
  settings,
  quick: { seeds: 1, set: { channels: "8", batchSizes: "4,32", images: "1600", trainSize: "2000" } },
  variants: [{ name: "all", description: "each behind both convolutions, over batch sizes", set: {}, published: [] }],
  yields: ["text", "series", "table", "measure", "progress"],
  tiny: { channels: "4", groups: "2", batchSizes: "4", images: "8", trainSize: "40", testSize: "20" },
  refuse: ({ channels, groups }) =>
    channels % groups === 0 ? null : { key: "groups", expected: `a divisor of the ${channels} channels` },
  run: async function* (values: Values<typeof settings>, { seed, load, signal }: RunContext): AsyncGenerator<Result> {
    const { channels, groups, batchSizes, images, lr } = values;
    const data = await load("train", values.trainSize);
    const validation = await load("test", values.testSize);
    yield text(`Each run sees ${images} images, so smaller batches take more steps.`);
    const rows: (string | number)[][] = [];
    for (const [name, norm] of Object.entries(norms)) {
      const row: (string | number)[] = [name];
      for (const batchSize of batchSizes) {
        if (signal?.aborted) return;
        const model = net(norm, channels, groups).initialize(seed);
        const iterations = Math.max(1, Math.floor(images / batchSize));
        const last = yield* learning({
          model,
          optimizer: optimizers.sgd.create(model.parameters(), lr),
          data,
          validation,
          iterations,
          batchSize,
          replacement: true,
          seed,
          evaluateEvery: Math.max(1, Math.floor(iterations / 5)),
          signal,
          augment: values,
          label: `${name}, batches of ${batchSize}`,
          showLoss: false,
        });
        row.push(last?.validation?.accuracy ?? "diverged");
      }
      rows.push(row);
    }
    yield table("test accuracy", ["norm", ...batchSizes.map((size) => `batches of ${size}`)], rows);
  },
});
