// 2_1: the learning loop on MNIST.
import { mlpExercise } from "./mlp-training.ts";

export const forwardBackward = mlpExercise({
  id: "2_1",
  title: "Forward and backward",
  teaches:
    "A network with one hidden layer learns digits by the loop that everything after it uses: forward, loss, backward, update. The gradient of every weight comes from one backward pass, which reuses what the layers behind it have computed. A step in the opposite direction makes the loss of its batch smaller, and thousands of them make a classifier.",
  formula: "w ← w − lr · ∂L/∂w, L = −(1/N) Σ log softmax(W₂ relu(W₁x + b₁) + b₂)[label]",
  defaults: { hidden: [40], activation: "relu", init: "gaussian", scale: 0.01, lr: 0.1, iterations: 1000 },
  quick: { seeds: 3, set: { evaluateEvery: "100" } },
  variants: [
    {
      name: "published",
      description: "784-40-10, ReLU, weights with standard deviation .01, SGD with learning rate .1",
      set: {},
      published: [{ measure: "test accuracy", values: [0.9159] }],
    },
  ],
  yields: ["series", "measure", "progress"],
});
