// Data augmentation: what it makes of an image, and what it is worth where images are few.
import { take } from "tatamijs/data";
import { Sequential } from "tatamijs/nn";
import { reshape, tensor } from "tatamijs/ops";
import { defineExercise, type RunContext } from "../frame/exercise.ts";
import type { Image, Result } from "../frame/result.ts";
import { image, measure } from "../frame/result.ts";
import { integer, type Values } from "../frame/setting.ts";
import { simpleConv } from "../nets/convolutional.ts";
import { Augment, type AugmentValues, augmentSettings } from "../training/augment.ts";
import { train, trainingSettings } from "./conv-training.ts";

const settings = {
  ...trainingSettings,
  shift: { ...augmentSettings.shift, default: 2 },
  rotate: { ...augmentSettings.rotate, default: 15 },
  trainSize: { ...trainingSettings.trainSize, default: 300 },
  iterations: { ...trainingSettings.iterations, default: 500 },
  example: integer(0, "which training image is shown", { min: 0, max: 59_999 }),
};

const off: AugmentValues = { shift: 0, rotate: 0, flip: false, crop: 28, erase: 0 };

const shown: Readonly<Record<string, AugmentValues>> = {
  "as it is": off,
  "random crop of 20 × 20, enlarged": { ...off, crop: 20 },
  "moved by up to 6 pixels": { ...off, shift: 6 },
  "mirrored, or not": { ...off, flip: true },
  "turned by up to 45°": { ...off, rotate: 45 },
  "a square of 10 × 10 blotted out": { ...off, erase: 10 },
};

export const augmentation = defineExercise({
  id: "augmentation",
  title: "Data augmentation",
  teaches:
    "A digit moved by two pixels is the same digit, so each image can stand for many: every step cuts, moves and turns the images anew. It has to leave the meaning: a mirrored 3 is no digit. Where images are few, this is worth more than any penalty on the weights.",
  formula: "random crop of an image (H, W, C): image[top:bottom, left:right, :]; here (C, H, W)",
  settings,
  quick: { variants: ["shift-rotate", "flip"], seeds: 1, set: { iterations: "200" } },
  variants: [
    {
      name: "shift-rotate",
      description: "300 images, moved by up to 2 pixels and turned by up to 15 degrees",
      set: {},
      published: [],
    },
    {
      name: "flip",
      description: "mirrored: wrong for digits, right for many photographs",
      set: { shift: "0", rotate: "0", flip: "on" },
      published: [],
    },
    {
      name: "erase",
      description: "squares of 8 × 8 blotted out",
      set: { shift: "0", rotate: "0", erase: "8" },
      published: [],
    },
    {
      name: "crop",
      description: "random crops of 24 × 24, enlarged",
      set: { shift: "0", rotate: "0", crop: "24" },
      published: [],
    },
  ],
  yields: ["image", "series", "measure", "progress"],
  tiny: { iterations: "2", batchSize: "8", trainSize: "40", testSize: "20", evaluateEvery: "2" },
  run: async function* (values: Values<typeof settings>, context: RunContext): AsyncGenerator<Result> {
    const one = take(await context.load("train", values.example + 1, values.data), 1, values.example);
    for (const [title, choice] of Object.entries(shown)) yield await imageOf(one.images, title, choice, context.seed);
    const compared: { without: number; with: number } = { without: 0, with: 0 };
    for (const name of ["without", "with"] as const) {
      const used = name === "with" ? values : { ...values, ...off };
      for await (const result of train(simpleConv({ init: "he" }), used, context, { label: name })) {
        if (result.kind === "measure" && result.name.endsWith("test accuracy")) compared[name] = result.value;
        yield result;
      }
    }
    yield measure("gained by augmentation", compared.with - compared.without);
  },
});

async function imageOf(pixels: Float32Array, title: string, values: AugmentValues, seed: number): Promise<Image> {
  const layer = new Sequential(new Augment(values)).initialize(seed);
  const out = reshape(layer.call(tensor(pixels, [1, 1, 28, 28])), [784]);
  return image({ group: "one image, augmented", title }, await out.data(), [28, 28], [0, 1]);
}
