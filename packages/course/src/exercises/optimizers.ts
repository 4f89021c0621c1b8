// 2_4: methods of learning rates, with and without batch normalisation.
import type { Variant } from "../frame/exercise.ts";
import { type MlpValues, mlpExercise } from "./mlp-training.ts";

const variant = (
  name: string,
  description: string,
  set: Variant<keyof MlpValues>["set"],
  ...values: number[]
): Variant<keyof MlpValues> => ({
  name,
  description,
  set,
  published: values.length === 0 ? [] : [{ measure: "test accuracy", values }],
});

const noted = (found: Variant<keyof MlpValues>, note: string): Variant<keyof MlpValues> => ({
  ...found,
  published: found.published.map((outcome) => ({ ...outcome, note })),
});

const plain = "sigmoid, weights with standard deviation .01, no batch normalisation";
const norm = "with batch normalisation, whose γ and β the course's loop does not train";
const relu = "ReLU, He's initial values and batch normalisation, γ and β not trained";

const variants: readonly [Variant<keyof MlpValues>, ...Variant<keyof MlpValues>[]] = [
  variant("sgd", plain, {}, 0.1135, 0.1135, 0.114),
  variant("momentum", plain, { optimizer: "momentum" }, 0.1135, 0.1135, 0.114),
  variant(
    "adagrad",
    `${plain}; the official AdaGrad, whose sum starts at 1e-4: some copies have momentum under its name`,
    { optimizer: "adagrad" },
    0.1135,
    0.1135,
    0.114,
  ),
  variant("rmsprop", plain, { optimizer: "rmsprop" }, 0.9392, 0.9435, 0.9421, 0.942),
  variant("adam", plain, { optimizer: "adam" }, 0.9386, 0.9476, 0.9456),
  noted(
    variant("bn-sgd", norm, { batchNorm: "before" }, 0.7117, 0.6722, 0.663),
    "The same network and settings as sigmoid-gaussian of 2_3, which somebody published as .58: ours lies between.",
  ),
  variant("bn-momentum", norm, { batchNorm: "before", optimizer: "momentum" }, 0.8962, 0.8984, 0.908),
  variant("bn-adagrad", norm, { batchNorm: "before", optimizer: "adagrad" }, 0.887, 0.882),
  variant("bn-rmsprop", norm, { batchNorm: "before", optimizer: "rmsprop" }, 0.9265, 0.924),
  variant("bn-adam", norm, { batchNorm: "before", optimizer: "adam" }, 0.9228, 0.926),
  variant("relu-bn-sgd", relu, { activation: "relu", init: "he", batchNorm: "before" }, 0.8674, 0.9036),
  variant(
    "relu-bn-momentum",
    relu,
    { activation: "relu", init: "he", batchNorm: "before", optimizer: "momentum" },
    0.9536,
  ),
  variant(
    "relu-bn-rmsprop",
    relu,
    { activation: "relu", init: "he", batchNorm: "before", optimizer: "rmsprop" },
    0.9616,
  ),
  variant("relu-bn-adam", relu, { activation: "relu", init: "he", batchNorm: "before", optimizer: "adam" }, 0.9608),
  variant("nesterov", `${plain}; in the course as code only`, { optimizer: "nesterov" }),
  variant("adamw", plain, { optimizer: "adamw" }),
  variant("bn-adam-trained-norm", "bn-adam with γ and β trained: the right way", {
    batchNorm: "before",
    optimizer: "adam",
    trainNorm: "on",
  }),
];

export const optimizerExercise = mlpExercise({
  id: "2_4",
  title: "Optimisers",
  teaches:
    "Momentum keeps a velocity, AdaGrad divides by what it has seen of each gradient, RMSProp forgets the old of it, Adam does both. Where gradients are tiny, as here with sigmoids and small weights, only those that divide by the gradient's size get away from the start. Batch normalisation helps all of them.",
  formula:
    "momentum: v ← .9v − lr·g; AdaGrad: h ← h + g²; RMSProp: h ← .99h + .01g²; both w ← w − lr·g/(√h + 1e-7); Adam: m̂/(√v̂ + ε)",
  defaults: { lr: 0.01, iterations: 1000 },
  quick: {
    variants: variants.filter(({ published }) => published.length > 0).map(({ name }) => name),
    seeds: 3,
    set: { evaluateEvery: "100" },
  },
  variants,
  yields: ["series", "measure", "progress"],
});
