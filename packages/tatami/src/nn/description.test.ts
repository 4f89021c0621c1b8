import "../devices.ts";
import { describe, expect, it } from "vitest";
import { ones } from "../ops/index.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import * as nn from "./index.ts";

/** One of every layer, with options that are not the defaults. */
const layers: readonly nn.Module[] = [
  new nn.Linear(3, 4, { bias: false, weightInit: { normal: 0.01 } }),
  new nn.Conv2d(4, 6, [3, 2], { stride: [2, 1], padding: [1, 0, 2, 1], dilation: 2, groups: 2, biasInit: "zeros" }),
  new nn.ConvTranspose2d(4, 6, 3, { stride: 2, outputPadding: 1, groups: 2, weightInit: { uniform: [-1, 1] } }),
  new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
  new nn.AvgPool2d([2, 3], { countIncludePad: false }),
  new nn.GlobalAvgPool2d(),
  new nn.GlobalMaxPool2d(),
  new nn.BatchNorm1d(5, { eps: 0.1, affine: false }),
  new nn.BatchNorm2d(5, { momentum: 0.3, trackRunningStats: false }),
  new nn.LayerNorm([2, 5], { eps: 0.1 }),
  new nn.GroupNorm(2, 6, { affine: false }),
  new nn.InstanceNorm2d(4, { affine: true }),
  new nn.Dropout(0.25),
  new nn.Flatten(0, 1),
  new nn.Identity(),
  new nn.ReLU(),
  new nn.LeakyReLU(0.2),
  new nn.ELU(0.5),
  new nn.GELU(),
  new nn.SiLU(),
  new nn.Sigmoid(),
  new nn.Tanh(),
  new nn.Softplus(),
  new nn.Softmax(0),
  new nn.LogSoftmax(1),
];

const overJson = (description: unknown): unknown => JSON.parse(JSON.stringify(description));

describe("build(describe(module))", () => {
  it.each(layers.map((layer) => [layer.constructor.name, layer] as const))(
    "makes the same %s again",
    async (_name, layer) => {
      const again = nn.build(overJson(nn.describe(layer)));
      expect(again.constructor).toBe(layer.constructor);
      expect(nn.describe(again)).toEqual(nn.describe(layer));
      expect(await again.initialize(3).stateDict()).toEqual(await layer.initialize(3).stateDict());
    },
  );

  it("knows every layer of nn", () => {
    const exported = Object.entries(nn).filter(
      ([name, value]) => typeof value === "function" && value.prototype instanceof nn.Module && !name.endsWith("Loss"),
    );
    const known = [...layers.map((layer) => layer.constructor.name), "Sequential"];
    expect(known.sort()).toEqual(exported.map(([name]) => name).sort());
  });

  it("keeps Sequentials within Sequentials, and what they compute", async () => {
    const inner = new nn.Sequential(new nn.Linear(3, 5), new nn.Tanh());
    const model = new nn.Sequential(inner, new nn.Sequential(), new nn.Linear(5, 2)).initialize(1);
    const again = nn.build(overJson(nn.describe(model)));
    again.loadStateDict(await model.stateDict());
    expect(await again.call(ones([2, 3])).data()).toEqual(await model.call(ones([2, 3])).data());
  });
});

describe("describe(module)", () => {
  it("is JSON that reads as the code that made it", () => {
    expect(nn.describe(new nn.Sequential(new nn.Linear(2, 3), new nn.MaxPool2d(2)))).toEqual({
      type: "Sequential",
      modules: [
        { type: "Linear", inFeatures: 2, outFeatures: 3, bias: true },
        { type: "MaxPool2d", kernelSize: 2 },
      ],
    });
  });

  it("refuses classes of a user's own, naming class and place", () => {
    class Residual extends nn.Sequential {}
    const refused = () => nn.describe(new nn.Sequential(new nn.ReLU(), new nn.Sequential(new Residual())));
    expect(refused).toThrow(OptionError);
    expect(refused).toThrow(
      "describe: module 1.0 is of a class that a file cannot describe, got Residual, expected layers of nn in Sequential",
    );
    expect(() => nn.describe(new Residual())).toThrow("describe: the model is of a class");
  });

  it("refuses weights in two places, and allows a layer without weights there", () => {
    const relu = new nn.ReLU();
    const linear = new nn.Linear(2, 2);
    expect(() => nn.describe(new nn.Sequential(linear, relu, linear))).toThrow(
      "describe: module 2 shares its weight with one before it, got Linear, expected layers with weights of their own",
    );
    expect(nn.describe(new nn.Sequential(relu, relu)).modules).toHaveLength(2);
  });
});

describe("build(description)", () => {
  const linear = { type: "Linear", inFeatures: 2, outFeatures: 3, bias: true };
  const nested = (depth: number): unknown =>
    JSON.parse(`${'{"type":"Sequential","modules":['.repeat(depth)}${"]}".repeat(depth)}`);

  it.each<[string, unknown, string]>([
    ["what is no object", [], "has no layer, got [], expected an object with the type of a layer"],
    ["a type that is no text", { type: 3 }, "has no layer"],
    [
      "an unknown layer",
      { type: "Sequential", modules: [{ type: "Residual" }] },
      'has an unknown layer at 0, got "Residual", expected one of Sequential, Linear',
    ],
    ["a name that every object has", { type: "toString" }, "has an unknown layer"],
    [
      "a missing option",
      { ...linear, bias: undefined },
      "has a Linear with a wrong bias, got undefined, expected true or false",
    ],
    [
      "an option of another kind",
      { ...linear, inFeatures: "2" },
      'with a wrong inFeatures, got "2", expected an integer of at least 1',
    ],
    [
      "an option of a later version",
      { ...linear, rank: 4 },
      "with a wrong rank, got 4, expected the options inFeatures, outFeatures, bias",
    ],
    ["options where there are none", { type: "ReLU", inplace: true }, "expected the options of none"],
    [
      "an option out of range",
      { type: "Dropout", p: 2 },
      "has a Dropout that cannot be made, got Dropout: p is out of range",
    ],
    ["an unknown initialiser", { ...linear, weightInit: "magic" }, "has a Linear that cannot be made"],
    ["an initialiser of no kind", { ...linear, weightInit: { constant: "1" } }, "with a wrong weightInit"],
    ["modules that are no list", { type: "Sequential", modules: {} }, "has a damaged Sequential"],
    [
      "another key beside them",
      { type: "Sequential", modules: [], x: 1 },
      'has a damaged Sequential, got ["modules","x"]',
    ],
    ["a nest without end", nested(1000), "is nested too deeply, got 65 levels, expected at most 64"],
    [
      "more weights than there may be",
      { ...linear, inFeatures: 2 ** 30, outFeatures: 2 ** 30 },
      "has more weights than there are, got 1152921505680588800, expected at most 100",
    ],
    [
      "as many layers",
      { type: "Sequential", modules: Array.from({ length: 70_000 }, () => ({ type: "ReLU" })) },
      "has too many layers",
    ],
  ])("refuses %s", (_what, description, message) => {
    const refused = () => nn.build(description, { source: "net", mostElements: 100 });
    expect(refused).toThrow(DataError);
    expect(refused).toThrow(message);
  });
});
