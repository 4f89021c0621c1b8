import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readNpz } from "../formats/index.ts";
import { load, writeModel } from "../model-file/index.ts";
import * as nn from "../nn/index.ts";
import { tensor } from "../ops/index.ts";
import { OptionError } from "../shape/errors.ts";
import { layersOf, loadOnnx, writeOnnx } from "./index.ts";

const folder = fileURLToPath(new URL("../../fixtures/onnx/", import.meta.url));
const kinds = (model: nn.Module): string[] => model.children().map((layer) => layer.constructor.name);

describe("layersOf(model)", () => {
  it.each([
    ["mlp-9-train", ["Linear", "BatchNorm1d", "ReLU", "Dropout", "Linear"]],
    ["mlp-17-train", ["Linear", "BatchNorm1d", "ReLU", "Dropout", "Linear"]],
    ["mlp-20-dynamo", ["Linear", "ReLU", "Linear"]],
    ["lenet-fixed", "Conv2d ReLU MaxPool2d Conv2d Tanh AvgPool2d Flatten Linear ReLU Linear LogSoftmax".split(" ")],
  ])("is the network of %s, as a model file can hold it", async (name, layers) => {
    const { input, output } = await readNpz(`${folder}${name}.npz`);
    const { model } = await loadOnnx(`${folder}${name}.onnx`);
    const found = layersOf(model);
    expect(kinds(found)).toEqual(layers);
    const { model: again } = await load(await writeModel(found));
    const y = await again.call(tensor(input!.values, input!.shape)).data();
    expect(Math.max(...y.map((value, index) => Math.abs(value - output!.values[index]!)))).toBeLessThan(1e-5);
    const dropout = found.children().find((layer) => layer instanceof nn.Dropout);
    expect(dropout?.p ?? 0.25).toBe(0.25);
  });

  it("has what products of other spellings say", async () => {
    const network = new nn.Sequential(
      new nn.Conv2d(2, 4, 3, { groups: 2, padding: [1, 0, 0, 2], stride: [2, 1] }),
      new nn.BatchNorm2d(4, { momentum: 0.25 }),
      new nn.ConvTranspose2d(4, 2, 2, { stride: 2, outputPadding: 1, bias: false }),
      new nn.AvgPool2d(2, { countIncludePad: false, padding: 1 }),
      new nn.GlobalMaxPool2d(),
      new nn.Flatten(),
      new nn.Linear(2, 3, { bias: false }),
      new nn.Softmax(),
    ).initialize(1);
    const { model } = await loadOnnx(await writeOnnx(network, { inputShape: [2, 6, 7] }));
    const found = layersOf(model);
    expect(kinds(found)).toEqual(kinds(network));
    const x = tensor(
      Float32Array.from({ length: 168 }, (_, index) => Math.sin(index)),
      [2, 2, 6, 7],
    );
    const [a, b] = [await network.eval().call(x).data(), await found.call(x).data()];
    expect(Math.max(...a.map((value, index) => Math.abs(value - b[index]!)))).toBeLessThan(1e-6);
    expect((found.children()[1] as nn.BatchNorm2d).momentum).toBeCloseTo(0.25, 6);
  });

  it("joins a product and its bias, whose weights stand the other way round", async () => {
    const { input, output } = await readNpz(`${folder}sklearn-mlp-13.npz`);
    const { model } = await loadOnnx(`${folder}sklearn-mlp-13.onnx`);
    const found = layersOf(model);
    expect(kinds(found)).toEqual(["Linear", "ReLU", "Linear", "Softmax"]);
    const y = await found.call(tensor(input!.values, input!.shape)).data();
    expect(Math.max(...y.map((value, index) => Math.abs(value - output!.values[index]!)))).toBeLessThan(1e-5);
  });

  it("throws OptionError naming the node at which it is no chain", async () => {
    const { model } = await loadOnnx(`${folder}residual-13.onnx`);
    expect(() => layersOf(model)).toThrow(OptionError);
    expect(() => layersOf(model)).toThrow(
      /^layersOf: the graph is no chain of layers, got Conv "\S+", expected an operator that is a layer of nn$/,
    );
  });
});
