import { Flatten, Linear, Sequential } from "tatamijs/nn";
import { tensor } from "tatamijs/ops";
import { setBackend } from "tatamijs/tensor";
import { expect, it } from "vitest";
import { BookBatchNorm, BookDropout } from "./book-layers.ts";
import { mlp } from "./mlp.ts";
import { inPlainLayers } from "./plain-layers.ts";

setBackend("reference");

it("inPlainLayers(model) computes the same in evaluation, under the same names, without the book's layers", async () => {
  const model = mlp({ hidden: [5, 4], batchNorm: "before", dropout: 0.2, inputs: 6, classes: 3 })
    .initialize(1)
    .eval();
  for (const layer of model.modules) {
    if (!(layer instanceof BookBatchNorm)) continue;
    const features = layer.weight.shape[0];
    layer.weight.set(Float32Array.from({ length: features }, (_, i) => 0.5 + i / 3));
    layer.bias.set(Float32Array.from({ length: features }, (_, i) => i / 4 - 0.5));
    layer.runningMean.set(Float32Array.from({ length: features }, (_, i) => 0.3 - i / 5));
    layer.runningVar.set(Float32Array.from({ length: features }, (_, i) => 0.4 + i / 2));
  }
  const before = await model.stateDict();
  const plain = inPlainLayers(model);
  expect(plain.modules.some((layer) => layer instanceof BookBatchNorm || layer instanceof BookDropout)).toBe(false);
  const names = (of: Sequential): string[] => of.namedParameters().map(([name]) => name);
  expect(names(plain)).toEqual(names(model));
  const x = tensor(
    Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)),
    [3, 6],
  );
  const [expected, got] = [await model.call(x).data(), await plain.call(x).data()];
  for (const [index, value] of got.entries()) expect(value).toBeCloseTo(expected[index], 5);
  expect(await model.stateDict()).toEqual(before);
});

it("inPlainLayers(model) takes a book dropout of the scores into the Linear before it", async () => {
  const model = new Sequential(new BookDropout(0.2), new Linear(3, 2), new BookDropout(0.5)).initialize(1).eval();
  const plain = inPlainLayers(model);
  expect(plain.modules.some((layer) => layer instanceof BookDropout)).toBe(false);
  model.modules.forEach((layer) => {
    if (layer instanceof Linear) layer.bias!.set([0.5, -2]);
  });
  const x = tensor([1, -2, 3, 0, 1, 0.5], [2, 3]);
  const [expected, got] = [await model.call(x).data(), await inPlainLayers(model).call(x).data()];
  for (const [index, value] of got.entries()) expect(value).toBeCloseTo(expected[index], 6);
});

it("inPlainLayers(model) leaves a book dropout without a Linear beside it", () => {
  const model = new Sequential(new Linear(2, 2), new Flatten(), new BookDropout(0.5)).initialize(1);
  expect(inPlainLayers(model).modules).toEqual(model.modules);
});
