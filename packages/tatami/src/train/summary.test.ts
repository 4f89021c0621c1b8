import { expect, it } from "vitest";
import "../devices.ts";
import { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "../nn/index.ts";
import { Adam } from "../optim/index.ts";
import { summarize } from "./summary.ts";

it("summarize({model}) counts parameters and multiply-adds layer by layer", () => {
  const model = new Sequential(
    new Conv2d(1, 30, 5),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(4320, 10),
  ).initialize(1);
  const optimizer = new Adam(model.parameters());
  const summary = summarize({ model, optimizer, imageShape: [1, 28, 28], batchSize: 4 });
  expect(
    summary.layers.map(({ kind, outputShape, parameters, multiplyAdds }) => [
      kind,
      outputShape,
      parameters,
      multiplyAdds,
    ]),
  ).toEqual([
    ["Conv2d", [30, 24, 24], 780, 30 * 24 * 24 * 25],
    ["ReLU", [30, 24, 24], 0, 0],
    ["MaxPool2d", [30, 12, 12], 0, 0],
    ["Flatten", [4320], 0, 0],
    ["Linear", [10], 43210, 43200],
  ]);
  expect(summary.parameters).toBe(780 + 43210);
  expect(summary.multiplyAdds).toBe(432000 + 43200);
  // forward and filter gradients of both; the input gradient of the second alone
  expect(summary.step.multiplyAdds).toBe(4 * (2 * 432000 + 3 * 43200));
  // values, means and squares of every parameter; learning rate and count of steps
  expect(summary.step.stateBytes).toBe(4 * (3 * (780 + 43210) + 2));
  expect(summary.step.batchBytes).toBe(4 * (4 * 784 + 4 + 4));
  expect(summary.step.arenaBytes).toBeGreaterThan(4 * 4 * 30 * 24 * 24);
});

it("summarize({model}) leaves the model as it was", () => {
  const model = new Sequential(new Flatten(), new Linear(4, 2)).initialize(1).eval();
  const before = Float32Array.from(model.parameters()[0].values());
  summarize({ model, optimizer: new Adam(model.parameters()), imageShape: [1, 2, 2] });
  expect(model.parameters()[0].values()).toEqual(before);
  expect(model.training).toBe(false);
});
