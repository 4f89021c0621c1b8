// 2_3: batch normalisation between the layers.
import { mlpExercise } from "./mlp-training.ts";

export const batchNormalization = mlpExercise({
  id: "2_3",
  title: "Batch normalisation",
  teaches:
    "Each value between the layers is brought to mean 0 and variance 1 over the batch before the activation. Layers see inputs that stay where they are while others learn, so learning is faster and depends less on initial values. The noise of the batch's statistics works against overfitting.",
  formula: "x̂ = (x − μ) / √(σ² + 1e-6), y = γx̂ + β, μ and σ² over the batch",
  defaults: { init: "xavier", batchNorm: "before", lr: 0.01, iterations: 1000, histograms: true },
  quick: { seeds: 3, set: { evaluateEvery: "100" } },
  variants: [
    {
      name: "sigmoid-xavier",
      description: "γ and β stay 1 and 0: the course's loop does not train them",
      set: {},
      published: [{ measure: "test accuracy", values: [0.8121, 0.7842, 0.8173, 0.796] }],
    },
    {
      name: "relu-he",
      description: "γ and β stay 1 and 0, as above",
      set: { activation: "relu", init: "he" },
      published: [{ measure: "test accuracy", values: [0.9052, 0.8981] }],
    },
    {
      name: "sigmoid-gaussian",
      description: "weights with standard deviation .01; γ and β stay 1 and 0",
      set: { init: "gaussian" },
      published: [
        {
          measure: "test accuracy",
          values: [0.58],
          note: "The same network and settings as bn-sgd of 2_4, which people published as .66 to .71: ours lies between.",
        },
      ],
    },
    {
      name: "trained-norm",
      description: "sigmoid-xavier with γ and β trained: the right way",
      set: { trainNorm: "on" },
      published: [],
    },
    {
      name: "without",
      description: "sigmoid-xavier without batch normalisation, to compare with",
      set: { batchNorm: "off" },
      published: [],
    },
  ],
  yields: ["series", "histogram", "measure", "progress"],
});
