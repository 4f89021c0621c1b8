// Networks of ONNX files go on being trained: as PyTorch trains the network that a file was exported from, and by fit.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.ts";
import { arrayDataset } from "../data/index.ts";
import { readNpz } from "../formats/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Flatten, Sequential } from "../nn/index.ts";
import { crossEntropy, tensor } from "../ops/index.ts";
import { SGD } from "../optim/index.ts";
import { Random } from "../random/index.ts";
import { compile } from "../tensor/index.ts";
import { fit } from "../train/index.ts";
import { loadOnnx, type OnnxModel } from "./index.ts";

const folder = fileURLToPath(new URL("../../fixtures/onnx/", import.meta.url));

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, index) => Math.abs(value - b[index]!)));

/** Of 60 steps on one batch. */
async function lossesOf(model: OnnxModel, x: Tensor, labels: readonly number[]): Promise<number[]> {
  const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const classes = tensor(Int32Array.from(labels));
  model.train();
  const step = compile((images) => {
    const loss = crossEntropy(model.call(images!), classes);
    optimizer.step(gradients(loss, model.parameters()));
    return [loss];
  });
  const losses: number[] = [];
  for (let index = 0; index < 60; index++) losses.push((await (await step.call(x))[0]!.data())[0]!);
  return losses;
}

describe("loadOnnx(file).model in training", () => {
  it.each([
    ["residual-9-train", "fine-tuning"],
    ["residual-13-train", "fine-tuning"],
    ["residual-20-train", "fine-tuning"],
    ["residual-21-train", "fine-tuning"],
    ["residual-22-train", "fine-tuning"],
    ["lenet-20-dynamo", "fine-tuning-dynamo"],
    ["lenet-21-dynamo", "fine-tuning-dynamo"],
    ["lenet-22-dynamo", "fine-tuning-dynamo"],
  ])("has PyTorch's losses, weights and statistics after five steps of SGD, from %s", async (name, steps) => {
    const { images, labels, losses, ...states } = await readNpz(`${folder}${steps}.npz`);
    const { model } = await loadOnnx(`${folder}${name}.onnx`);
    const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    model.train();
    const step = compile((x, y) => {
      const loss = crossEntropy(model.call(x!), y!);
      optimizer.step(gradients(loss, model.parameters()));
      return [loss];
    });
    const shape = images!.shape.slice(1);
    const size = shape.reduce((product, length) => product * length, 1);
    const seen: number[] = [];
    for (let index = 0; index < images!.shape[0]!; index++) {
      const x = tensor(images!.values.slice(index * size, (index + 1) * size), shape);
      const y = tensor(labels!.values.slice(4 * index, 4 * index + 4), [4]);
      const [loss] = await step.call(x, y);
      seen.push((await loss!.data())[0]!);
    }
    expect(largest(seen, losses!.values)).toBeLessThan(1e-5);
    const state = await model.stateDict();
    for (const [key, { values }] of Object.entries(states)) {
      const [when, weight] = key.split(/\/(.*)/) as [string, string];
      if (when === "end") expect(largest(values, state[weight]!.values), weight).toBeLessThan(2e-5);
    }
    expect(Object.keys(states).length).toBe(2 * Object.keys(state).length);
    const first = name.startsWith("residual") ? "bn1.running_mean" : "conv1.weight";
    expect(largest(states[`start/${first}`]!.values, state[first]!.values)).toBeGreaterThan(0.01);
  });

  it("learns by fit, with dropout in training only, and equal seeds give equal weights", async () => {
    const random = new Random(3);
    const images = Float32Array.from({ length: 64 * 6 }, () => random.uniform() - 0.5);
    const labels = Int32Array.from({ length: 64 }, (_, row) => (images[6 * row]! > images[6 * row + 1]! ? 1 : 0));
    const data = arrayDataset({ images, labels, imageShape: [1, 2, 3], classes: 3 });
    const run = async (seed: number) => {
      const { model } = await loadOnnx(readFileSync(`${folder}mlp-13-train.onnx`), { seed });
      const before = (await model.stateDict())["bn.running_mean"]!.values.slice();
      const x = tensor(images, [64, 6]);
      const evaluated = await model.call(x).data();
      expect(await model.call(x).data()).toEqual(evaluated);
      const losses: number[] = [];
      await fit({
        model: new Sequential(new Flatten(), model),
        optimizer: new SGD(model.parameters(), { lr: 0.1 }),
        data,
        iterations: 60,
        batchSize: 16,
        seed: 1,
        callbacks: { onStep: (_, loss) => void losses.push(loss) },
      });
      return { losses, state: await model.stateDict(), before };
    };
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(first.losses.slice(-10))).toBeLessThan(0.6 * mean(first.losses.slice(0, 10)));
    expect(largest(first.state["bn.running_mean"]!.values, first.before)).toBeGreaterThan(0.01);
    expect(again.state).toEqual(first.state);
    // other masks
    expect(other.state["fc1.weight"]).not.toEqual(first.state["fc1.weight"]);
  });

  it("trains scikit-learn's network and leaves its scaler alone", async () => {
    const { input } = await readNpz(`${folder}sklearn-pipeline-17.npz`);
    const { model } = await loadOnnx(`${folder}sklearn-pipeline-17.onnx`, { logits: true });
    expect(model.namedParameters().map(([name]) => name)).toEqual([
      "coefficient",
      "intercepts",
      "coefficient1",
      "intercepts1",
    ]);
    expect(model.namedBuffers().map(([name]) => name)).toEqual(["Scaler.offset", "Scaler.scale"]);
    const losses = await lossesOf(model, tensor(input!.values, input!.shape), [0, 1, 2, 0, 1, 2]);
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
  });

  it.each([
    ["keras-convolutional-22-torch", [0, 1, 2]],
    ["keras-residual-22-torch", [0, 1, 2]],
    ["keras-dense-22-torch", [1, 0, 1]],
    ["sklearn-mlp-22", [0, 1, 2, 0, 1, 2]],
  ])("lowers the loss of %s", async (name, labels) => {
    const { input } = await readNpz(`${folder}${name}.npz`);
    const { model } = await loadOnnx(`${folder}${name}.onnx`, { logits: true });
    const losses = await lossesOf(model, tensor(input!.values, input!.shape), labels);
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
  });
});

describe("OnnxModel.initialize(seed)", () => {
  it("draws new weights and resets the statistics, as a fresh network has them", async () => {
    const { model } = await loadOnnx(`${folder}residual-13-train.onnx`);
    const before = await model.stateDict();
    const after = await model.initialize(7).stateDict();
    expect([...after["bn1.running_var"]!.values]).toEqual([1, 1, 1, 1]);
    expect([...after["bn1.weight"]!.values]).toEqual([1, 1, 1, 1]);
    expect([...after["fc.bias"]!.values]).toEqual([0, 0, 0]);
    expect(after["conv1.weight"]!.values).not.toEqual(before["conv1.weight"]!.values);
    // U(±1/√fanIn) of 2·3·3
    expect(Math.max(...after["conv1.weight"]!.values.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(18));
  });
});
