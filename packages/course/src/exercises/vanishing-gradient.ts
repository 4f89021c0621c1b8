// 2_2_2: activations and initial values that let gradients through, and those that do not.
import { nets } from "../nets/nets.ts";
import { mlpExercise } from "./mlp-training.ts";

const published = (...values: number[]) => [{ measure: "test accuracy", values }];

export const vanishingGradient = mlpExercise({
  id: "2_2_2",
  title: "Vanishing gradient",
  teaches:
    "With sigmoids and small weights the gradient shrinks at every layer it passes, since the sigmoid's derivative is at most .25, and the first layers stay as they are. ReLU passes the gradient on where it is active. Initial values by the number of inputs keep activations spread out, so that something reaches every layer.",
  formula: "Xavier (the course's): std √(1/n); He: std √(2/n); σ′(x) = σ(x)(1 − σ(x)) ≤ .25",
  defaults: { lr: 0.1, iterations: 2000, histograms: true },
  quick: {
    variants: ["sigmoid-gaussian", "relu-gaussian", "sigmoid-xavier", "relu-he", "relu-xavier", "sigmoid-he"],
    seeds: 3,
    set: { evaluateEvery: "200" },
  },
  variants: [
    {
      name: "sigmoid-gaussian",
      description: "sigmoid, weights with standard deviation .01: does not learn",
      set: {},
      published: published(0.1135, 0.1135, 0.1135, 0.114),
    },
    {
      name: "relu-gaussian",
      description: "ReLU, weights with standard deviation .01",
      set: { activation: "relu" },
      published: published(0.9175, 0.9149, 0.9145, 0.923),
    },
    {
      name: "sigmoid-xavier",
      description: "sigmoid with Xavier's initial values",
      set: { init: "xavier" },
      published: published(0.8751, 0.8786, 0.8744, 0.887),
    },
    {
      name: "relu-he",
      description: "ReLU with He's initial values; somebody's .9241 is left out as an outlier",
      set: { activation: "relu", init: "he" },
      published: published(...nets.mlp.published.testAccuracy),
    },
    {
      name: "relu-xavier",
      description: "the note's first try: ReLU with Xavier's initial values",
      set: { activation: "relu", init: "xavier" },
      published: published(0.9503, 0.9523, 0.949),
    },
    {
      name: "sigmoid-he",
      description: "the note's second try: sigmoid with He's initial values",
      set: { init: "he" },
      published: published(0.8942, 0.8957, 0.8965, 0.901),
    },
    {
      name: "deeper-all-layers",
      description:
        "four hidden layers, all trained: the course's loop updates layers 1 to 3 only, so its deeper tries left the last ones as they were",
      set: { activation: "relu", init: "he", hidden: "40,20,20,20" },
      published: [],
    },
  ],
  yields: ["series", "histogram", "measure", "progress"],
});
