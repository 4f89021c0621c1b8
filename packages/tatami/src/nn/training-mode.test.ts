// Layers that behave differently in training and evaluation, and what they remember between steps.
import "../devices.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.ts";
import { ones, sum, tensor } from "../ops/index.ts";
import { compile, setBackend } from "../tensor/index.ts";
import { BatchNorm1d, Dropout, Sequential } from "./index.ts";

beforeAll(() => setBackend("reference"));

describe("BatchNorm1d", () => {
  it("BatchNorm1d follows mean and unbiased variance while training, and uses them in evaluation", async () => {
    const layer = new BatchNorm1d(1, { momentum: 0.5 }).initialize(1);
    const step = compile((x) => [layer.call(x)]);
    const batch = tensor([[1], [2], [3], [6]]);
    const [output] = await step.call(batch);
    expect(await output.sum().item()).toBeCloseTo(0, 5);
    // mean 3, variance 14/4, unbiased 14/3
    expect(layer.runningMean!.values()[0]).toBeCloseTo(0.5 * 0 + 0.5 * 3, 6);
    expect(layer.runningVar!.values()[0]).toBeCloseTo(0.5 * 1 + (0.5 * 14) / 3, 6);
    await step.call(batch);
    expect(layer.runningMean!.values()[0]).toBeCloseTo(2.25, 6);

    layer.eval();
    const variance = layer.runningVar!.values()[0];
    const evaluated = await layer.call(tensor([[5]])).item();
    expect(evaluated).toBeCloseTo((5 - 2.25) / Math.sqrt(variance + 1e-5), 5);
    expect(layer.runningMean!.values()[0]).toBeCloseTo(2.25, 6);
  });

  it("BatchNorm1d called twice in a step follows both batches", async () => {
    const layer = new BatchNorm1d(1, { momentum: 0.5 }).initialize(1);
    const step = compile((x, y) => [layer.call(x), layer.call(y)]);
    await step.call(tensor([[1], [3]]), tensor([[5], [7]]));
    expect(layer.runningMean!.values()[0]).toBeCloseTo(0.5 * (0.5 * 2) + 0.5 * 6, 6);
  });
});

describe("Dropout", () => {
  const draws = async (seed: number, count: number): Promise<number[][]> => {
    const model = new Sequential(new Dropout(0.25)).initialize(seed);
    const step = compile((x) => [model.call(x)]);
    const outputs: number[][] = [];
    for (let index = 0; index < count; index++) outputs.push([...(await (await step.call(ones([1000])))[0].data())]);
    return outputs;
  };

  it("Dropout(p) zeroes p of the elements and scales the others by 1/(1 − p)", async () => {
    const [values] = await draws(1, 1);
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    const dropped = values.filter((value) => value === 0).length / values.length;
    expect(Math.abs(dropped - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / 1000));
  });

  it("Dropout(p) takes a fresh mask in every run of one compiled step, the same ones for the same seed", async () => {
    const [first, second] = await draws(1, 2);
    expect(first).not.toEqual(second);
    expect(await draws(1, 2)).toEqual([first, second]);
    expect(await draws(2, 1)).not.toEqual([first]);
  });

  it("Dropout(p) draws apart in two layers and in two calls of one", async () => {
    const model = new Sequential(new Dropout(), new Dropout()).initialize(1);
    const [one, other] = model.modules;
    const step = compile((x) => [one.call(x), other.call(x), one.call(x)]);
    const masks = await Promise.all((await step.call(ones([100]))).map(async (mask) => (await mask.data()).join()));
    expect(new Set(masks).size).toBe(3);
  });

  it("Dropout(p) gives its gradient the mask of the same step", async () => {
    const layer = new Dropout().initialize(1);
    const step = compile((x) => {
      const output = layer.call(x);
      return [output, ...gradients(sum(output), [x])];
    });
    const [output, gradient] = await step.call(ones([100]));
    expect(await gradient.data()).toEqual(await output.data());
  });

  it("Dropout(p) without a seed refuses to train", () => {
    expect(() => new Dropout().call(ones([3]))).toThrow(
      "Dropout: key is not initialised, call model.initialize(seed) first",
    );
  });

  it("Dropout(p) in evaluation is the identity, and draws nothing", () => {
    const layer = new Dropout().initialize(1).eval();
    const before = layer.key.node;
    const x = ones([3]);
    expect(layer.call(x)).toBe(x);
    expect(layer.key.node).toBe(before);
  });
});
