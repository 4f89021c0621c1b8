// Vanishing gradients, seen: how large the gradient is in each layer of a deep network before it has learnt anything.
import { take } from "tatamijs/data";
import { defineExercise, type RunContext } from "../frame/exercise.ts";
import { histogram, measure, type Plot, type Result, series, table, verdict } from "../frame/result.ts";
import { choice, integer, type Values } from "../frame/setting.ts";
import { activationNames, type InitName, mlp } from "../nets/mlp.ts";
import { probe, rootMeanSquare } from "../training/probe.ts";

const settings = {
  activation: choice("sigmoid", activationNames, "after each hidden layer"),
  init: choice(
    "gaussian-.01",
    ["zero", "constant-.01", "gaussian-.01", "gaussian-1", "xavier", "he"],
    "whose histograms are shown",
  ),
  depth: integer(6, "hidden layers", { min: 2, max: 10 }),
  width: integer(100, "units in each", { max: 1000 }),
  images: integer(200, "the batch that is looked at", { min: 2, max: 2000 }),
};

const inits: Readonly<Record<string, readonly [InitName, number]>> = {
  zero: ["zero", 0],
  "constant-.01": ["constant", 0.01],
  "gaussian-.01": ["gaussian", 0.01],
  "gaussian-1": ["gaussian", 1],
  xavier: ["xavier", 0],
  he: ["he", 0],
};

const plot: Plot = {
  title: "gradient of each layer's weights",
  x: { label: "layer" },
  y: { label: "root mean square", scale: "log" },
};

export const vanishingSeen = defineExercise({
  id: "vanishing",
  title: "Vanishing gradients, seen",
  teaches:
    "The gradient passes the layers from the last to the first and is multiplied by weights and by the activation's slope in each. Where these products are below 1 it vanishes, where they are above 1 it explodes; initial values by the number of inputs keep it about as large all the way. The histograms show why: activations that all stand at one end have no slope, and those that are all alike say nothing.",
  formula: "∂L/∂W_l = ∂L/∂a_l · z_{l−1}ᵀ, ∂L/∂a_{l−1} = (W_lᵀ ∂L/∂a_l) · σ′(a_{l−1}); σ′ ≤ .25",
  settings,
  quick: { seeds: 1 },
  variants: [
    { name: "sigmoid", description: "the slope is at most .25", set: {}, published: [] },
    { name: "tanh", description: "the slope is 1 at 0", set: { activation: "tanh", init: "xavier" }, published: [] },
    { name: "relu", description: "the slope is 1 or 0", set: { activation: "relu", init: "he" }, published: [] },
    {
      name: "leaky-relu",
      description: "the slope is 1 or .01",
      set: { activation: "leaky-relu", init: "he" },
      published: [],
    },
    {
      name: "deep-sigmoid",
      description: "ten layers of sigmoids",
      set: { depth: "10", init: "xavier" },
      published: [],
    },
  ],
  yields: ["series", "histogram", "table", "measure", "verdict"],
  tiny: { depth: "2", width: "8", images: "10" },
  run: runVanishing,
});

async function* runVanishing(values: Values<typeof settings>, { seed, load }: RunContext): AsyncGenerator<Result> {
  const { activation, depth, width, images } = values;
  const data = take(await load("train", images), images);
  const rows: [string, number, number, number][] = [];
  const ratios = new Map<string, number>();
  for (const [name, [init, scale]] of Object.entries(inits)) {
    const hidden = new Array<number>(depth).fill(width);
    const model = mlp({ hidden, activation, init, scale }).initialize(seed);
    const { weights, activations } = await probe(model, data, images);
    const sizes = weights.map(({ gradient }) => rootMeanSquare(gradient));
    yield series(
      plot,
      name,
      sizes.map((size, index) => [index + 1, size] as const),
    );
    ratios.set(name, sizes[0] / sizes[depth]);
    rows.push([name, sizes[0], sizes[depth], sizes[0] / sizes[depth]]);
    if (name !== values.init) continue;
    for (const [index, { values: activated }] of activations.entries()) {
      yield histogram(
        { title: `activations with ${name}`, name: `layer ${index + 1}`, label: "activation" },
        activated,
      );
    }
  }
  yield table("gradient, root mean square", ["initial weights", "first layer", "last layer", "first / last"], rows);
  const ratio = ratios.get(values.init) ?? Number.NaN;
  yield measure("first layer's gradient over the last's", ratio);
  const [small, fitting] = [ratios.get("gaussian-.01")!, ratios.get(activation.includes("relu") ? "he" : "xavier")!];
  yield verdict(
    "initial values by the number of inputs let more of the gradient through than a standard deviation of .01",
    fitting > small,
    `first layer over last: ${fitting.toExponential(1)} against ${small.toExponential(1)}`,
  );
}
