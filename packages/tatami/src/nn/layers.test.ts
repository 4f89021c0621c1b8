// Shapes, defaults and faults of the layers. Their values are compared with PyTorch's in fixtures.test.ts.
import "../devices.ts";
import { beforeAll, describe, expect, it } from "vitest";
import type { Tensor } from "../graph/tensor.ts";
import { ones, zeros } from "../ops/index.ts";
import { setBackend } from "../tensor/index.ts";
import * as nn from "./index.ts";

beforeAll(() => setBackend("reference"));

describe("shapes", () => {
  it.each<[string, nn.Module, number[], number[]]>([
    ["Linear(5, 3)", new nn.Linear(5, 3), [2, 5], [2, 3]],
    ["Linear(5, 3) of sequences", new nn.Linear(5, 3), [2, 7, 5], [2, 7, 3]],
    ["Conv2d(3, 8, 3)", new nn.Conv2d(3, 8, 3), [2, 3, 8, 9], [2, 8, 6, 7]],
    [
      "Conv2d(3, 8, 3, {stride: 2, padding: 1})",
      new nn.Conv2d(3, 8, 3, { stride: 2, padding: 1 }),
      [2, 3, 8, 9],
      [2, 8, 4, 5],
    ],
    ["Conv2d(4, 8, 3, {groups: 4})", new nn.Conv2d(4, 8, 3, { groups: 4 }), [1, 4, 3, 3], [1, 8, 1, 1]],
    [
      "Conv2d(1, 1, 3, {padding: [1, 0, 2, 0]})",
      new nn.Conv2d(1, 1, 3, { padding: [1, 0, 2, 0] }),
      [1, 1, 4, 4],
      [1, 1, 3, 4],
    ],
    [
      "ConvTranspose2d(3, 2, 3, {stride: 2, outputPadding: 1})",
      new nn.ConvTranspose2d(3, 2, 3, { stride: 2, outputPadding: 1 }),
      [2, 3, 4, 5],
      [2, 2, 10, 12],
    ],
    ["MaxPool2d(2)", new nn.MaxPool2d(2), [1, 3, 7, 6], [1, 3, 3, 3]],
    [
      "MaxPool2d(3, {stride: 2, padding: 1})",
      new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
      [1, 3, 7, 6],
      [1, 3, 4, 3],
    ],
    ["AvgPool2d([2, 3])", new nn.AvgPool2d([2, 3]), [1, 3, 7, 6], [1, 3, 3, 2]],
    ["GlobalAvgPool2d()", new nn.GlobalAvgPool2d(), [2, 3, 7, 6], [2, 3, 1, 1]],
    ["GlobalMaxPool2d()", new nn.GlobalMaxPool2d(), [2, 3, 7, 6], [2, 3, 1, 1]],
    ["LayerNorm([4, 5])", new nn.LayerNorm([4, 5]), [3, 4, 5], [3, 4, 5]],
    ["GroupNorm(2, 4)", new nn.GroupNorm(2, 4), [3, 4, 5, 5], [3, 4, 5, 5]],
    ["InstanceNorm2d(4)", new nn.InstanceNorm2d(4), [3, 4, 5, 5], [3, 4, 5, 5]],
    ["BatchNorm1d(4)", new nn.BatchNorm1d(4), [3, 4], [3, 4]],
    ["BatchNorm2d(4)", new nn.BatchNorm2d(4), [3, 4, 2, 2], [3, 4, 2, 2]],
    ["Dropout()", new nn.Dropout(), [3, 4], [3, 4]],
    ["Flatten()", new nn.Flatten(), [2, 3, 4, 5], [2, 60]],
    ["Flatten(0)", new nn.Flatten(0), [2, 3], [6]],
    ["Flatten(1, 2)", new nn.Flatten(1, 2), [2, 3, 4, 5], [2, 12, 5]],
    ["Identity()", new nn.Identity(), [2, 3], [2, 3]],
    ["Softmax()", new nn.Softmax(), [2, 3], [2, 3]],
  ])("%s", (_call, layer, from, to) => {
    expect(layer.initialize(1).call(zeros(from)).shape).toEqual(to);
  });
});

describe("faults", () => {
  it.each<[string, () => unknown]>([
    ["Conv2d: inChannels must be divisible by groups, got 3 and 2", () => new nn.Conv2d(3, 2, 3, { groups: 2 })],
    ["Conv2d: outChannels must be divisible by groups, got 3 and 2", () => new nn.Conv2d(4, 3, 3, { groups: 2 })],
    [
      "Conv2d: groups is out of range, got 0, expected an integer of at least 1",
      () => new nn.Conv2d(4, 3, 3, { groups: 0 }),
    ],
    ["Conv2d: inChannels is out of range, got 1.5, expected", () => new nn.Conv2d(1.5, 3, 3)],
    ["Conv2d: stride must be integers of at least 1, got 0", () => new nn.Conv2d(1, 3, 3, { stride: 0 })],
    [
      "ConvTranspose2d: outChannels must be divisible by groups, got 3 and 2",
      () => new nn.ConvTranspose2d(4, 3, 3, { groups: 2 }),
    ],
    ["Linear: outFeatures is out of range, got 0, expected an integer of at least 1", () => new nn.Linear(3, 0)],
    ["BatchNorm2d: features is out of range, got -1, expected", () => new nn.BatchNorm2d(-1)],
    [
      "BatchNorm1d: momentum is out of range, got 2, expected a number in [0, 1]",
      () => new nn.BatchNorm1d(3, { momentum: 2 }),
    ],
    ["GroupNorm: channels must be divisible by groups, got 4 and 3", () => new nn.GroupNorm(3, 4)],
    ["LayerNorm: eps is out of range, got 0, expected more than 0", () => new nn.LayerNorm(3, { eps: 0 })],
    [
      "LayerNorm: normalizedShape is out of range, got 0, expected an integer of at least 1",
      () => new nn.LayerNorm([0]),
    ],
    ["BatchNorm1d: eps is out of range, got 0, expected more than 0", () => new nn.BatchNorm1d(3, { eps: 0 })],
    ["Dropout: p is out of range, got 1, expected a probability in [0, 1)", () => new nn.Dropout(1)],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });

  it.each<[string, nn.Module, Tensor]>([
    [
      "Linear: x has the wrong shape, got [2, 4], expected [..., 5] with at least 2 axes",
      new nn.Linear(5, 3),
      ones([2, 4]),
    ],
    ["Linear: x has the wrong shape, got [5], expected [..., 5] with at least 2 axes", new nn.Linear(5, 3), ones([5])],
    [
      "Conv2d: x has the wrong shape, got [2, 1, 8, 8], expected [N, 3, H, W]",
      new nn.Conv2d(3, 3, 3),
      ones([2, 1, 8, 8]),
    ],
    [
      "ConvTranspose2d: x has the wrong shape, got [3, 8, 8], expected [N, 3, H, W]",
      new nn.ConvTranspose2d(3, 3, 3),
      ones([3, 8, 8]),
    ],
    ["BatchNorm2d: x has the wrong shape, got [2, 3], expected [N, 3, H, W]", new nn.BatchNorm2d(3), ones([2, 3])],
    [
      "BatchNorm1d: one value a channel has no variance, got [1, 3], expected at least 2 values",
      new nn.BatchNorm1d(3),
      ones([1, 3]),
    ],
    ["maxPool2d: window is larger than the padded image", new nn.MaxPool2d(3), ones([1, 1, 2, 2])],
    [
      "Flatten: axes are crossed, got 2 to 1 of 3 axes, expected an increasing range",
      new nn.Flatten(2, 1),
      ones([1, 2, 3]),
    ],
  ])("%s", (message, layer, x) => {
    expect(() => layer.initialize(1).call(x)).toThrow(message);
  });
});

describe("defaults", () => {
  it("new BatchNorm2d(C) starts with weight 1, bias 0, running mean 0 and variance 1", async () => {
    const state = await new nn.BatchNorm2d(2).initialize(1).stateDict();
    expect(Object.entries(state).map(([name, { values }]) => [name, ...values])).toEqual([
      ["weight", 1, 1],
      ["bias", 0, 0],
      ["runningMean", 0, 0],
      ["runningVar", 1, 1],
    ]);
  });

  it("new BatchNorm1d(C, {affine: false, trackRunningStats: false}) holds nothing", async () => {
    const layer = new nn.BatchNorm1d(2, { affine: false, trackRunningStats: false });
    expect(await layer.stateDict()).toEqual({});
  });

  it("new Linear(in, out, {bias: false}) has a weight only", () => {
    expect(new nn.Linear(2, 3, { bias: false }).namedParameters().map(([name]) => name)).toEqual(["weight"]);
  });
});
