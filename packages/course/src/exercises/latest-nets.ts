// The day's last part: AlexNet at its real size for a step, and its relatives trained at MNIST's size.
import { arrayDataset } from "tatamijs/data";
import { SGD } from "tatamijs/optim";
import { Random, streamOf } from "tatamijs/random";
import { summarize } from "tatamijs/train";
import { defineExercise, type RunContext } from "../frame/exercise.ts";
import { measure, type Result, table, text, verdict } from "../frame/result.ts";
import { choice, integer, type Values } from "../frame/setting.ts";
import { type AlexNetHead, alexNet, alexNetHeads, latestNames, latestNets } from "../nets/latest.ts";
import { fitting } from "../training/fitting.ts";
import { tinyTraining, train, trainingSettings } from "./conv-training.ts";

const settings = {
  net: choice("lenet-5", latestNames, "which network"),
  ...trainingSettings,
  iterations: { ...trainingSettings.iterations, default: 500 },
};

const heads: Readonly<Record<AlexNetHead, string>> = {
  flatten: "every value goes into the fully connected layers",
  max: "the largest value of each channel goes into the fully connected layers",
  average: "the mean of each channel goes into the fully connected layers",
};

const descriptions: Readonly<Record<(typeof latestNames)[number], string>> = {
  "lenet-5": "LeNet-5: two convolutions, average pools and tanh, 1998",
  "alexnet-flatten": `AlexNet with an eighth of its channels; ${heads.flatten}`,
  "alexnet-max": `the same; ${heads.max}`,
  "alexnet-average": `the same; ${heads.average}`,
  vgg: "VGG: 3×3 convolutions only, channels doubled after each pool",
  inception: "GoogLeNet's inception: 1×1, 3×3, 5×5 and a pool side by side",
  resnet: "ResNet: a shortcut around every two convolutions",
  mobilenet: "MobileNet: each channel by a filter of its own, then 1×1",
};

export const latestNetworks = defineExercise({
  id: "latest",
  title: "Latest convolutional networks",
  teaches:
    "AlexNet made convolutional networks large. Those after it made them deeper with less: small filters (VGG), branches (GoogLeNet), shortcuts that let gradients through (ResNet), convolutions taken apart (MobileNet). A global pool in place of flattening saves most of the weights.",
  formula: "3×3 twice sees 5×5 with 18 weights instead of 25; depthwise + 1×1: 9C + C·K instead of 9·C·K",
  settings,
  quick: {
    variants: ["lenet-5", "resnet"],
    seeds: 1,
    set: { iterations: "100", evaluateEvery: "25", trainSize: "2000" },
  },
  variants: [
    { name: "lenet-5", description: descriptions["lenet-5"], set: {}, published: [] },
    ...latestNames.slice(1).map((net) => ({ name: net, description: descriptions[net], set: { net }, published: [] })),
    ...alexNetHeads.map((head) => ({
      name: `alexnet-${head}-fashion`,
      description: `the scaled-down AlexNet on Fashion-MNIST, six epochs of all images, with a falling rate; ${heads[head]}`,
      set: {
        net: `alexnet-${head}`,
        data: "fashion-mnist",
        trainSize: "60000",
        testSize: "10000",
        schedule: "cosine",
        iterations: "3600",
        evaluateEvery: "600",
      },
      published: [],
    })),
  ],
  yields: ["table", "series", "measure", "progress"],
  resumable: true,
  tiny: tinyTraining,
  run: async function* (values: Values<typeof settings>, context: RunContext): AsyncGenerator<Result> {
    const model = latestNets[values.net]().initialize(context.seed);
    yield layersTable(model, [1, 28, 28]);
    yield* train(latestNets[values.net](), values, context);
  },
});

function layersTable(
  model: Parameters<typeof summarize>[0]["model"],
  imageShape: readonly [number, number, number],
): Result {
  const summary = summarize({ model, optimizer: new SGD(model.parameters(), { lr: 0.1 }), imageShape, batchSize: 1 });
  const rows = summary.layers.map(({ path, kind, outputShape, parameters, multiplyAdds }) => [
    path,
    kind,
    outputShape.join(" × "),
    parameters,
    multiplyAdds,
  ]);
  const total = ["", "in all", "", summary.parameters, summary.multiplyAdds];
  return table("layers", ["", "layer", "output", "parameters", "multiply-adds"], [...rows, total]);
}

const alexSettings = {
  head: choice("average", alexNetHeads, "what becomes of the last 13 × 13 × 256"),
  hidden: integer(4096, "size of the two fully connected layers", { max: 8192 }),
  classes: integer(1000, "classes", { min: 2, max: 10_000 }),
  batchSize: integer(1, "images in a step", { max: 64 }),
  steps: integer(1, "training steps on random images", { max: 100 }),
};

export const alexNetShapes = defineExercise({
  id: "alexnet",
  title: "AlexNet at 224 × 224",
  teaches:
    "The sizes follow from (H + 2P − F)/S + 1 alone: 224 → 55 needs padding 2. Flattening 13 × 13 × 256 makes 43,264 inputs and 177 million weights for the first fully connected layer, more than everything else together; a global pool makes it 256 and one million. The 43,264 leave AlexNet's last pool out.",
  formula: "(224 + 2·2 − 11)/4 + 1 = 55; (55 − 3)/2 + 1 = 27; (27 − 3)/2 + 1 = 13; 13·13·256 = 43,264",
  settings: alexSettings,
  quick: { variants: ["average"], seeds: 1 },
  variants: [
    { name: "average", description: "global average pool: 256 values", set: {}, published: [] },
    { name: "max", description: "global max pool: 256 values", set: { head: "max" }, published: [] },
    { name: "flatten", description: "all 43,264 values; takes about 3 GB", set: { head: "flatten" }, published: [] },
  ],
  yields: ["table", "text", "verdict", "measure"],
  tiny: { hidden: "4", classes: "2" },
  run: async function* (values: Values<typeof alexSettings>, { seed, signal }: RunContext): AsyncGenerator<Result> {
    const { head, hidden, classes, batchSize, steps } = values;
    const model = alexNet({ head, hidden, classes }).initialize(seed);
    yield layersTable(model, [3, 224, 224]);
    const weights = (kind: AlexNetHead): number => {
      const features = kind === "flatten" ? 13 * 13 * 256 : 256;
      return features * hidden + hidden;
    };
    yield table(
      "the three heads",
      ["head", "values", "parameters of the first fully connected layer"],
      alexNetHeads.map((kind) => [kind, kind === "flatten" ? 13 * 13 * 256 : 256, weights(kind)]),
    );
    const size = 3 * 224 * 224;
    const pixels = new Float32Array(batchSize * size);
    const random = new Random(seed, streamOf("images"));
    random.normalInto(pixels);
    const labels = Int32Array.from({ length: batchSize }, () => random.integer(classes));
    const data = arrayDataset({ images: pixels, labels, imageShape: [3, 224, 224], classes, name: "random images" });
    const began = performance.now();
    const run = fitting({
      model,
      optimizer: new SGD(model.parameters(), { lr: 0.001 }),
      data,
      iterations: steps,
      batchSize,
      seed,
      evaluateEvery: steps,
      signal,
    });
    let item = await run.next();
    while (!item.done) item = await run.next();
    const { finalLoss, stepMilliseconds } = item.value;
    const total = model.parameters().reduce((sum, parameter) => sum + parameter.values().length, 0);
    yield text(
      `Training steps: ${steps}, each of ${batchSize} image${batchSize === 1 ? "" : "s"}; the fastest took ${stepMilliseconds.min.toPrecision(3)} ms, ${((performance.now() - began) / 1000).toPrecision(3)} s with compiling.`,
    );
    yield measure("parameters", total);
    yield measure("loss", finalLoss);
    yield verdict(
      "a step at the real size gives a finite loss",
      Number.isFinite(finalLoss),
      `loss ${finalLoss.toPrecision(4)}, ln ${classes} = ${Math.log(classes).toPrecision(4)}`,
    );
  },
});
