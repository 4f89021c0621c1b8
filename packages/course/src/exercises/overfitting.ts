// 2_5: a network that learns 300 images by heart, and what keeps it from that.
import { mlpExercise } from "./mlp-training.ts";

const outcomes = (train: number[], test: number[], note?: string) =>
  [
    { measure: "training accuracy", values: train },
    { measure: "test accuracy", values: test },
  ].map((outcome) => ({ ...outcome, ...(note !== undefined && { note }) }));

const skipped = "the output layer is left out, neither trained nor penalised, as in the course's loop";

export const overfitting = mlpExercise({
  id: "2_5",
  title: "Overfitting",
  teaches:
    "Seven layers learn 300 images by heart and do no better on new ones than a smaller network. Penalties on large weights (L1, L2) and dropout take away some of the freedom that learning by heart needs. Too much of them takes away learning too.",
  formula:
    "L2: L + ½λΣw², gradient + λw; L1: L + λΣ|w|, gradient + λ·sign(w); dropout: x·mask, at the test x·(1 − rate)",
  defaults: {
    hidden: [100, 100, 100, 100, 100, 100],
    activation: "relu",
    init: "he",
    lr: 0.01,
    iterations: 1000,
    trainSize: 300,
    evaluateEvery: 10,
  },
  evaluateTraining: true,
  quick: {
    variants: ["none", "l2", "l1", "dropout", "dropout-adam", "dropout-l1"],
    seeds: 3,
    set: { evaluateEvery: "50" },
  },
  variants: [
    {
      name: "none",
      description: "nothing against overfitting",
      set: {},
      published: outcomes([1, 1, 1, 1], [0.7531, 0.7285, 0.7709, 0.787]),
    },
    {
      name: "l2",
      description: `L2 with λ .1; ${skipped}`,
      set: { l2: "0.1", outputLayer: "frozen" },
      published: outcomes([0.867, 0.9], [0.7314, 0.7449]),
    },
    {
      name: "l1",
      description: `L1 with λ .005 and learning rate .1, which oscillates; ${skipped}`,
      set: { l1: "0.005", lr: "0.1", outputLayer: "frozen" },
      published: outcomes(
        [0.99, 0.977],
        [0.7502, 0.7007],
        "With learning rate .1 it oscillates, here as there, so that a run may end in a trough.",
      ),
    },
    {
      name: "dropout",
      description: "dropout .15, scaled at the test; the course's cell inherits L2 with the previous cell's λ, .005",
      set: { dropout: "0.15", l2: "0.005" },
      published: outcomes([0.857], [0.6805]),
    },
    {
      name: "dropout-adam",
      description: "dropout .15 with Adam, learning rate .001; inherits L2 with λ .005",
      set: { dropout: "0.15", l2: "0.005", optimizer: "adam", lr: "0.001" },
      published: outcomes([1], [0.7934]),
    },
    {
      name: "dropout-l1",
      description: `dropout .08 and L1 with λ .004; ${skipped}`,
      set: { dropout: "0.08", l1: "0.004", outputLayer: "frozen" },
      published: outcomes([0.933, 0.933, 0.957], [0.7123, 0.741, 0.7621]),
    },
    {
      name: "l2-all-layers",
      description: "L2 on every layer, all trained: the right way",
      set: { l2: "0.1" },
      published: [],
    },
    {
      name: "l1-all-layers",
      description: "L1 on every layer, all trained: the right way",
      set: { l1: "0.005", lr: "0.1" },
      published: [],
    },
    {
      name: "elastic-net",
      description: "L1 and L2 together, on every layer",
      set: { l1: "0.0005", l2: "0.01" },
      published: [],
    },
    {
      name: "dropout-alone",
      description: "dropout .15 without an inherited penalty, inverted: the right way",
      set: { dropout: "0.15", dropoutKind: "inverted" },
      published: [],
    },
    {
      name: "dropout-l1-all-layers",
      description: "dropout .08 and L1 with λ .004 on every layer, all trained: the right way",
      set: { dropout: "0.08", l1: "0.004" },
      published: [],
    },
  ],
  yields: ["series", "measure", "progress"],
});
