import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../formats/read-safetensors.ts";
import { writeSafetensors } from "../formats/write-safetensors.ts";
import * as nn from "../nn/index.ts";
import { ones, sum, tensor } from "../ops/index.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { compile } from "../tensor/index.ts";
import { load, loadWeights, save, saveWeights, writeModel } from "./index.ts";

const network = (): nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(1, 2, 3, { padding: 1 }),
    new nn.BatchNorm2d(2),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Dropout(0.5),
    new nn.Linear(32, 3),
  );

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tatami-model-"));
});
afterAll(() => rm(root, { recursive: true }));

describe("load(save(model))", () => {
  it("gives back the network, without its code, and what it computes", async () => {
    const model = network().initialize(5);
    // moves the running statistics and the random key
    await compile((x) => [sum(model.call(x))]).call(ones([2, 1, 4, 4]));
    const path = join(root, "model.safetensors");
    const preprocessing = { inputShape: [1, 4, 4], mean: [0.5], std: [2], classNames: ["a", "b", "c"] };
    await save(model, path, { ...preprocessing, metadata: { run: "7" } });
    const { model: loaded, metadata, ...rest } = await load(path);
    expect(rest).toEqual(preprocessing);
    expect(metadata).toEqual({ format: "pt", run: "7" });
    expect(await loaded.stateDict()).toEqual(await model.stateDict());
    expect((await model.stateDict())["4.key"]!.values[2]).toBe(1);
    expect(loaded.namedModules().every(([, module]) => !module.training)).toBe(true);
    const x = tensor([
      [
        [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
          [1, 0, 1, 0],
          [0, 0, 2, 2],
        ],
      ],
    ]);
    expect(await loaded.call(x).data()).toEqual(await model.eval().call(x).data());
    // and goes on training with the mask that was due
    expect(await loaded.train().call(x).data()).toHaveLength(3);
  });

  it("works on bytes, with half the weights' precision and nothing but an activation", async () => {
    const half = await writeModel(network().initialize(1), { floats: "F16" });
    expect((await load(half)).model.parameters()).toHaveLength(6);
    const { model, ...rest } = await load(await writeModel(new nn.ReLU()));
    expect(model).toBeInstanceOf(nn.ReLU);
    expect(rest).toEqual({ metadata: { format: "pt" } });
  });
});

describe("save(model, path)", () => {
  it("names weights as PyTorch does, and writes no random key among them", async () => {
    const { tensors } = await readSafetensors(await writeModel(network().initialize(1)));
    const names = ["weight", "bias", "running_mean", "running_var"].map((name) => `1.${name}`);
    expect(Object.keys(tensors).sort()).toEqual(["0.weight", "0.bias", ...names, "5.weight", "5.bias"].sort());
  });

  it("refuses a class of the user's own by name, and preprocessing that cannot be", async () => {
    class Residual extends nn.Sequential {}
    await expect(save(new Residual(), join(root, "x"))).rejects.toThrow("got Residual");
    await expect(writeModel(new nn.ReLU(), { std: [0] })).rejects.toThrow(
      "writeModel: std is wrong, got [0], expected numbers of more than 0",
    );
    await expect(writeModel(new nn.ReLU(), { inputShape: [1.5] })).rejects.toThrow(OptionError);
  });
});

describe("load(input)", () => {
  const fileOf = (content: unknown, weights = {}): Uint8Array =>
    writeSafetensors(weights, {
      metadata: { tatami: typeof content === "string" ? content : JSON.stringify(content) },
    });
  const relu = { type: "ReLU" };

  it.each<[string, Uint8Array, string]>([
    [
      "weights alone",
      writeSafetensors({}),
      "load: net holds no architecture, got metadata [], expected a file that save made",
    ],
    ["damaged JSON", fileOf("{"), "load: net has a damaged architecture"],
    [
      "a later version",
      fileOf({ version: 2 }),
      "load: net is of another version, got 2, expected 1, or a newer Tatami",
    ],
    ["no architecture", fileOf({ version: 1 }), "build: net has no layer"],
    [
      "preprocessing that cannot be",
      fileOf({ version: 1, architecture: relu, preprocess: { mean: ["x"] } }),
      'load: net has a wrong mean, got ["x"]',
    ],
    [
      "random keys of nothing",
      fileOf({ version: 1, architecture: relu, randomKeys: { key: [1, 2, 3] } }),
      'load: net has a wrong random key, got "key": [1,2,3]',
    ],
    [
      "random keys that are none",
      fileOf({ version: 1, architecture: { type: "Dropout", p: 0.5 }, randomKeys: { key: [1, 2] } }),
      "wrong random key",
    ],
    [
      "weights of nothing",
      fileOf({ version: 1, architecture: relu }, { w: { shape: [1], dtype: "float32", values: new Float32Array(1) } }),
      'load: net does not fit the model, got "w" is unexpected',
    ],
    [
      "an architecture larger than the file",
      fileOf({
        version: 1,
        architecture: {
          type: "BatchNorm1d",
          features: 2 ** 30,
          eps: 1,
          momentum: 0,
          affine: true,
          trackRunningStats: true,
        },
      }),
      "has more weights than there are",
    ],
  ])("refuses %s", async (_what, file, message) => {
    const loading = load(file, { source: "net" });
    await expect(loading).rejects.toThrow(DataError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe("loadWeights(model, saveWeights(model))", () => {
  it("moves the weights of any module, a class of the user's own too", async () => {
    class Net extends nn.Module {
      readonly norm = new nn.BatchNorm1d(3);
      readonly blocks = [new nn.Linear(3, 2)];
      override forward(x: Parameters<nn.BatchNorm1d["forward"]>[0]) {
        return this.blocks[0]!.call(this.norm.call(x));
      }
    }
    const model = new Net().initialize(1);
    const path = join(root, "weights.safetensors");
    await saveWeights(model, path);
    const other = new Net();
    await loadWeights(other, path);
    expect(await other.stateDict()).toEqual(await model.stateDict());
  });

  it("keeps the dropout masks of the model it loads into", async () => {
    const path = join(root, "dropout.safetensors");
    await saveWeights(network().initialize(1), path);
    const other = network().initialize(2);
    await loadWeights(other, path);
    const [state, first] = [await other.stateDict(), await network().initialize(1).stateDict()];
    expect(state["0.weight"]).toEqual(first["0.weight"]);
    expect(state["4.key"]!.values[0]).toBe(2);
  });
});

describe("loadWeights(model, input)", () => {
  it("lists all that does not fit, and changes nothing", async () => {
    const model = new nn.Sequential(new nn.Linear(2, 3)).initialize(1);
    const before = await model.stateDict();
    const file = writeSafetensors({
      "0.weight": { shape: [2, 3], dtype: "float32", values: new Float32Array(6) },
      "1.bias": { shape: [3], dtype: "float32", values: new Float32Array(3) },
    });
    await expect(loadWeights(model, file, { source: "w" })).rejects.toThrow(
      'loadWeights: w does not fit the model, got 0.weight F32 [2, 3] where float32 [3, 2] is expected, 0.bias is missing, "1.bias" is unexpected, expected the model\'s 2 weights',
    );
    expect(await model.stateDict()).toEqual(before);
  });
});
