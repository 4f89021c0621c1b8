// What goes wrong when all weights start at 0: units that stay alike, and layers that get no gradient at all.
import { Linear, type Sequential } from "tatamijs/nn";
import { SGD } from "tatamijs/optim";
import { defineExercise, type RunContext } from "../frame/exercise.ts";
import { measure, type Result, table, verdict } from "../frame/result.ts";
import { integer, real, type Values } from "../frame/setting.ts";
import { mlp } from "../nets/mlp.ts";
import { augmentSettings } from "../training/augment.ts";
import { learning } from "../training/learning.ts";

const settings = {
  hidden: integer(20, "units in each of two hidden layers", { min: 2, max: 1000 }),
  constant: real(0.01, "what all weights start at in the constant case", { max: 10 }),
  lr: real(0.1, "learning rate", { max: 100, aboveMin: true }),
  iterations: integer(200, "steps"),
  batchSize: integer(100, "images a step", { max: 1000 }),
  trainSize: integer(2000, "the first so many training images", { max: 60_000 }),
  testSize: integer(1000, "the first so many test images", { max: 10_000 }),
  ...augmentSettings,
};

export const zeroWeights = defineExercise({
  id: "zero-weights",
  title: "All weights start alike",
  teaches:
    "Units of a layer that start alike compute the same, get the same gradient and stay alike: the layer is worth one unit. With zeros it is worse for ReLU, whose units then never get a gradient, so that only the last bias learns. The note's answer, that a gradient may not be obtained, is the second case only.",
  formula: "W₂ = 0 ⇒ ∂L/∂z₁ = W₂ᵀ ∂L/∂a₂ = 0 ⇒ ∂L/∂W₁ = 0; rows of W₁ alike ⇒ rows of ∂L/∂W₁ alike",
  settings,
  quick: { seeds: 1 },
  variants: [
    {
      name: "all",
      description: "sigmoid and ReLU; zeros, a constant, and random values beside them",
      set: {},
      published: [],
    },
  ],
  yields: ["series", "table", "verdict", "measure", "progress"],
  tiny: { hidden: "4", iterations: "4", batchSize: "10", trainSize: "40", testSize: "20" },
  run: runZero,
});

async function* runZero(values: Values<typeof settings>, { seed, load, signal }: RunContext): AsyncGenerator<Result> {
  const { hidden, constant, lr, iterations, batchSize } = values;
  const data = await load("train", values.trainSize);
  const validation = await load("test", values.testSize);
  const rows: [string, number, number, string][] = [];
  const spreads = new Map<string, { spread: number; moved: number; accuracy: number }>();
  for (const activation of ["sigmoid", "relu"] as const) {
    for (const init of ["zero", "constant", "he"] as const) {
      const label = `${activation}, ${init}`;
      const model = mlp({ hidden: [hidden, hidden], activation, init, scale: constant }).initialize(seed);
      const before = Float32Array.from(firstWeight(model));
      const last = yield* learning({
        model,
        optimizer: new SGD(model.parameters(), { lr }),
        data,
        validation,
        iterations,
        batchSize,
        replacement: true,
        seed,
        evaluateEvery: Math.max(1, Math.floor(iterations / 10)),
        signal,
        augment: values,
        label,
        showLoss: false,
      });
      const after = firstWeight(model);
      const moved = after.reduce((most, value, index) => Math.max(most, Math.abs(value - before[index])), 0);
      const found = { spread: rowSpread(after, hidden), moved, accuracy: last?.validation?.accuracy ?? Number.NaN };
      spreads.set(label, found);
      rows.push([label, found.moved, found.spread, found.accuracy.toFixed(3)]);
    }
  }
  yield table(
    "the first layer's weights after training",
    ["case", "largest change", "largest difference between units", "test accuracy"],
    rows,
  );
  const at = (label: string) => spreads.get(label)!;
  yield verdict(
    "units that start alike stay alike",
    at("sigmoid, constant").spread === 0 && at("sigmoid, constant").moved > 0,
    `sigmoid, constant: weights moved by up to ${at("sigmoid, constant").moved.toPrecision(2)}, units differ by ${at("sigmoid, constant").spread}`,
  );
  yield verdict(
    "with ReLU and zeros no weight ever moves",
    at("relu, zero").moved === 0,
    `largest change ${at("relu, zero").moved}: what is learnt is the last bias, how frequent each digit is`,
  );
  yield verdict(
    "with sigmoids and zeros weights do move, all alike",
    at("sigmoid, zero").spread === 0,
    `largest change ${at("sigmoid, zero").moved.toPrecision(2)}, once the last layer's are no longer 0`,
  );
  yield measure("most that random values are better", at("relu, he").accuracy - at("relu, zero").accuracy);
}

function firstWeight(model: Sequential): Float32Array {
  const first = model.modules.find((module) => module instanceof Linear)!;
  return first.weight.values() as Float32Array;
}

/** The largest difference between a weight of one unit and the same of the first one. */
function rowSpread(weights: Float32Array, units: number): number {
  const length = weights.length / units;
  return weights.reduce((most, value, index) => Math.max(most, Math.abs(value - weights[index % length])), 0);
}
