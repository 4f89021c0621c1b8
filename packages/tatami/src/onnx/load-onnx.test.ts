// What loadOnnx refuses, and that networks of nn come back from their own ONNX files as they went in.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNpz } from "../formats/index.ts";
import { ProtobufWriter } from "../formats/protobuf-writer.ts";
import * as nn from "../nn/index.ts";
import { tensor } from "../ops/index.ts";
import { Random } from "../random/index.ts";
import { DataError, OptionError, ShapeError } from "../shape/errors.ts";
import { sizeOf } from "../shape/shape.ts";
import { loadOnnx, writeOnnx } from "./index.ts";
import { graphOf, type NodeText } from "./small-graphs.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/onnx/", import.meta.url));

const message = async (load: Promise<unknown>): Promise<string> => {
  const error = await load.then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(DataError);
  return (error as Error).message;
};

/** Values as nothing in particular: each weight and statistic differs from those of a fresh layer. */
function randomized(model: nn.Sequential): nn.Sequential {
  model.initialize(1).eval();
  const random = new Random(2);
  for (const [, variable] of [...model.namedParameters(), ...model.namedBuffers()]) {
    if (variable.rank === 1 && variable.dtype === "float32") {
      variable.set(Float32Array.from(variable.values(), () => 0.5 + random.uniform()));
    }
  }
  return model;
}

const networks: Readonly<Record<string, readonly [nn.Sequential, readonly number[]]>> = {
  convolutions: [
    new nn.Sequential(
      new nn.Conv2d(2, 4, 3, { padding: [1, 0, 2, 1], stride: [2, 1] }),
      new nn.BatchNorm2d(4),
      new nn.LeakyReLU(0.2),
      new nn.MaxPool2d(2, { stride: 1, padding: 1 }),
      new nn.ConvTranspose2d(4, 6, 3, { stride: 2, outputPadding: 1, groups: 2 }),
      new nn.GroupNorm(3, 6),
      new nn.AvgPool2d(3, { padding: 1 }),
      new nn.Conv2d(6, 6, 3, { dilation: 2, padding: 2, groups: 3 }),
      new nn.InstanceNorm2d(6, { affine: true }),
      new nn.Softplus(),
      new nn.AvgPool2d(2, { stride: 2, padding: 1, countIncludePad: false }),
      new nn.BatchNorm2d(6, { trackRunningStats: false }),
      new nn.GlobalMaxPool2d(),
      new nn.Flatten(),
      new nn.Linear(6, 3),
      new nn.LogSoftmax(),
    ),
    [2, 8, 7],
  ],
  dense: [
    new nn.Sequential(
      new nn.Linear(5, 8),
      new nn.BatchNorm1d(8),
      new nn.GELU(),
      new nn.Dropout(0.3),
      new nn.LayerNorm(8),
      new nn.Linear(8, 8, { bias: false }),
      new nn.SiLU(),
      new nn.ELU(0.5),
      new nn.Identity(),
      new nn.Tanh(),
      new nn.Sigmoid(),
      new nn.ReLU(),
      new nn.Softmax(),
    ),
    [5],
  ],
  rows: [new nn.Sequential(new nn.Linear(4, 6), new nn.Flatten(1, 2), new nn.Flatten(), new nn.Linear(18, 2)), [3, 4]],
  pixels: [new nn.Sequential(new nn.GlobalAvgPool2d(), new nn.Flatten(1)), [3, 4, 5]],
};

describe("loadOnnx(bytes)", () => {
  it.each(Object.keys(networks).flatMap((name) => [13, 17, 20, 22].map((opset) => [name, opset] as const)))(
    "gives what the network of nn gave that writeOnnx wrote: %s of operator set %d",
    async (name, opset) => {
      const [network, inputShape] = networks[name]!;
      const written = randomized(network);
      const options = {
        inputShape,
        opset,
        metadata: { mean: "[0.5]", std: "[2]", classNames: '["a","b"]', note: "x" },
      };
      const { model, ...rest } = await loadOnnx(await writeOnnx(written, options));
      expect(rest).toEqual({
        inputShape,
        output: "output",
        metadata: { note: "x" },
        mean: [0.5],
        std: [2],
        classNames: ["a", "b"],
      });
      const random = new Random(5);
      for (const batch of [1, 5]) {
        const shape = [batch, ...inputShape];
        const x = tensor(
          Float32Array.from({ length: sizeOf(shape) }, () => 4 * random.uniform() - 2),
          shape,
        );
        const [expected, found] = [await written.call(x).data(), await model.call(x).data()];
        expect(Math.max(...expected.map((value, index) => Math.abs(value - found[index]!)))).toBeLessThan(2e-6);
      }
      const trained = written.namedParameters().map(([path]) => path);
      expect(model.namedParameters().map(([path]) => path)).toEqual(expect.arrayContaining(trained));
    },
  );

  it("lists all operators that are not supported at once, with their nodes and operator sets", async () => {
    const nodes: NodeText[] = [
      ["LSTM", ["x"], ["a"], "rnn"],
      ["Relu", ["a"], ["b"]],
      ["QuantizeLinear", ["b"], ["c"], "q1"],
      ["QuantizeLinear", ["c"], ["d"], "q2"],
      ["Block", ["d"], ["e"], "mine", {}, "my.ops"],
      ["AveragePool", ["e"], ["f"], "pool", { kernel_shape: [2, 2], dilations: [2, 2] }],
      ["If", ["f"], ["y"], "branch", { then_branch: "graph" }],
      ["Hardmax", ["x"], ["unused"], "not needed"],
    ];
    expect(await message(loadOnnx(graphOf(nodes, { opset: 19 })))).toBe(
      'onnx: the data has operators that are not supported at offset 7, got LSTM of operator set 19 at "rnn"; ' +
        'QuantizeLinear of operator set 19 at "q1", "q2"; my.ops.Block of operator set 0 at "mine"; ' +
        'AveragePool of operator set 19 with dilations [2, 2] at "pool"; If of operator set 19 at "branch", ' +
        "expected those of docs/onnx.md",
    );
  });

  it("names the node and its place in the file where shapes or attributes do not fit", async () => {
    expect(
      await message(loadOnnx(graphOf([["Reshape", ["x", "s"], ["y"], "r"]], { constants: { s: [-1, 5] } }))),
    ).toMatch(
      /^onnx: the data has a graph that does not fit together at offset 0, got "Reshape \\"r\\": reshape: -1 cannot be worked out/,
    );
    const wrong = graphOf([["Gemm", ["x", "w"], ["y"], "g", { alpha: [1, 2] }]], { weights: { w: [4, 2] } });
    expect(await message(loadOnnx(wrong))).toMatch(
      /has an attribute "alpha" of another kind at offset \d+, got ints, expected float/,
    );
    const computed = graphOf([
      ["Relu", ["x"], ["r"]],
      ["Reshape", ["x", "r"], ["y"], "late"],
    ]);
    expect(await message(loadOnnx(computed))).toMatch(
      /has a node Reshape "late" that has an input that is no constant at offset \d+, got r/,
    );
    expect(await message(loadOnnx(graphOf([["Sub", ["x"], ["y"], "s"]])))).toMatch(/lacks an input/);
  });

  it("refuses graphs out of order, with values made twice or not at all, without outputs, of other operator sets", async () => {
    const out = graphOf([
      ["Relu", ["a"], ["y"]],
      ["Relu", ["x"], ["a"]],
    ]);
    expect(await message(loadOnnx(out))).toMatch(/uses a value before it is made at offset \d+, got "a"/);
    const twice = graphOf([
      ["Relu", ["x"], ["y"]],
      ["Abs", ["x"], ["y"]],
    ]);
    expect(await message(loadOnnx(twice))).toMatch(/makes a value twice at offset \d+, got "y"/);
    expect(await message(loadOnnx(graphOf([["Relu", ["x"], ["z"]]])))).toMatch(
      /does not make an output at offset 0, got "y"/,
    );
    const relu = (opset: number): Uint8Array => graphOf([["Relu", ["x"], ["y"]]], { opset });
    for (const opset of [0, 6, 26]) {
      const text = `is of another operator set at offset 0, got ${opset}, expected 7 to 25`;
      expect(await message(loadOnnx(relu(opset)))).toContain(text);
    }
    for (const opset of [7, 8, 23, 24, 25]) expect((await loadOnnx(relu(opset))).inputShape).toEqual([4]);
    const empty = new ProtobufWriter().message(7, new ProtobufWriter()).finish();
    expect(await message(loadOnnx(empty))).toMatch(/has no outputs at offset 0/);
  });

  it("refuses constants of shapes alone, however large the file says they are", async () => {
    const huge = graphOf(
      [
        ["ConstantOfShape", ["s"], ["c"]],
        ["Gather", ["x", "c"], ["y"]],
      ],
      { constants: { s: [1e9] }, integers: true },
    );
    expect(await message(loadOnnx(huge))).toMatch(/a constant that is worked out is too large, got \[1000000000\]/);
    const range = graphOf(
      [
        ["Range", ["zero", "end", "one"], ["c"]],
        ["Gather", ["x", "c"], ["y"]],
      ],
      {
        scalars: { zero: 0, one: 1, end: 1e12 },
      },
    );
    expect(await message(loadOnnx(range))).toMatch(/is too large/);
  });

  it("throws OptionError for an output that there is not and a seed out of range", async () => {
    const relu = graphOf([["Relu", ["x"], ["y"]]]);
    await expect(loadOnnx(relu, { output: "z" })).rejects.toThrow(
      new OptionError('loadOnnx: there is no such output, got "z", expected "y"', "output", "z"),
    );
    await expect(loadOnnx(relu, { seed: -1 })).rejects.toThrow(OptionError);
  });

  it("takes any batch but no other shape", async () => {
    const { model } = await loadOnnx(graphOf([["Relu", ["x"], ["y"]]]));
    expect(await model.call(tensor([[-1, 2, 3, 4]])).data()).toEqual(Float32Array.of(0, 2, 3, 4));
    expect(() => model.call(tensor([[1, 2]]))).toThrow(
      new ShapeError('OnnxModel: input "x" has the wrong shape, got [1, 2], expected [N, 4]', [1, 2]),
    );
    expect(() => model.call()).toThrow(/the number of inputs is wrong, got 0, expected 1: x/);
  });

  it("gives names that would hide members of Module another end", async () => {
    const bytes = graphOf([["Add", ["x", "training"], ["y"]]], { weights: { training: [4] } });
    const { model } = await loadOnnx(bytes);
    expect(model.namedParameters().map(([name]) => name)).toEqual(["training_"]);
    expect(model.train().training).toBe(true);
  });

  it("takes the batch for free where the exporter took it for constant", async () => {
    const bytes = graphOf([["Reshape", ["x", "s"], ["y"]]], { constants: { s: [1, 2, 2] }, batch: 1 });
    const { model } = await loadOnnx(bytes);
    expect(model.call(tensor(new Float32Array(12), [3, 4])).shape).toEqual([3, 2, 2]);
  });
});

describe("loadOnnx(path) of a model whose weights lie beside it", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tatami-onnx-"));
    mkdirSync(join(folder, "models"));
    for (const file of ["mlp-external.onnx", "mlp-external.onnx.data"]) {
      copyFileSync(join(fixtures, file), join(folder, "models", file));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The model with another name for its data file, of the same length. */
  function renamed(location: string): string {
    const bytes = readFileSync(join(fixtures, "mlp-external.onnx"), "latin1");
    const file = join(folder, "models", "renamed.onnx");
    writeFileSync(file, bytes.replaceAll("mlp-external.onnx.data", location.padEnd(22, "_")), "latin1");
    return file;
  }

  it("takes them as an option where there is no folder", async () => {
    const { input, output } = await readNpz(`${fixtures}mlp-external.npz`);
    const bytes = readFileSync(`${fixtures}mlp-external.onnx`);
    const data = readFileSync(`${fixtures}mlp-external.onnx.data`);
    const { model } = await loadOnnx(bytes, { externalData: { "mlp-external.onnx.data": data } });
    const y = await model.call(tensor(input!.values, input!.shape)).data();
    expect(Math.max(...y.map((value, index) => Math.abs(value - output!.values[index]!)))).toBeLessThan(1e-5);
    expect(await message(loadOnnx(bytes))).toMatch(
      /has a constant "\S+" that lies in another file at offset \d+, got "mlp-external.onnx.data", expected it in the option externalData/,
    );
  });

  it("refuses files outside the model's folder, by name or by link, and files too short or not there", async () => {
    writeFileSync(join(folder, "outside_______.data"), new Uint8Array(4096));
    for (const name of ["../outside_______.data", "/etc/passwd", "a//b", "c:stream", "..\\outside"]) {
      expect(await message(loadOnnx(renamed(name))), name).toMatch(/lies outside the model's folder|cannot be read/);
    }
    symlinkSync(join(folder, "outside_______.data"), join(folder, "models", "link__________________"));
    expect(await message(loadOnnx(renamed("link")))).toMatch(/is refused, got "a link that leads out of the folder"/);
    expect(await message(loadOnnx(renamed("nowhere")))).toMatch(/cannot be read/);
    writeFileSync(join(folder, "models", "short_________________"), new Uint8Array(8));
    expect(await message(loadOnnx(renamed("short")))).toMatch(/lies beyond the end of "short_________________"/);
  });
});
