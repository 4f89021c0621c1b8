// ONNX files read back by a reader of their structure that shares nothing with the writer, and run by onnxruntime where
// bench/ has it installed.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findRuntime } from "../../../../bench/onnx-runtime.mjs";
import { pythonWith } from "../formats/python.ts";
import { described } from "../nn/described-layers.ts";
import * as nn from "../nn/index.ts";
import { tensor } from "../ops/index.ts";
import { Random } from "../random/index.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { sizeOf } from "../shape/shape.ts";
import { saveOnnx, writeOnnx } from "./index.ts";

type Field = bigint | Buffer;

/** Fields of a message by number. */
function fieldsOf(message: Uint8Array): Map<number, Field[]> {
  const bytes = Buffer.from(message);
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    if (at > bytes.length) throw new Error(`a field ends at ${at} of ${bytes.length} bytes`);
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const kind = tag % 8;
    const value = kind === 0 ? varint() : take(kind === 1 ? 8 : kind === 5 ? 4 : Number(varint()));
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

const messages = (fields: Map<number, Field[]>, field: number): Map<number, Field[]>[] =>
  (fields.get(field) ?? []).map((value) => fieldsOf(value as Buffer));
const texts = (fields: Map<number, Field[]>, field: number): string[] =>
  (fields.get(field) ?? []).map((value) => (value as Buffer).toString());
const integers = (fields: Map<number, Field[]>, field: number): number[] => (fields.get(field) ?? []).map(Number);

function attributesOf(node: Map<number, Field[]>): Record<string, number | number[]> {
  return Object.fromEntries(
    messages(node, 5).map((attribute) => {
      const [type] = integers(attribute, 20);
      const value =
        type === 1
          ? (attribute.get(2)![0] as Buffer).readFloatLE()
          : type === 2
            ? integers(attribute, 3)[0]!
            : integers(attribute, 8);
      return [texts(attribute, 1)[0]!, value];
    }),
  );
}

/** Name and axes of an input or output. */
function namedAxes(value: Map<number, Field[]>): [string, ...(string | number)[]] {
  const type = messages(messages(value, 2)[0]!, 1)[0]!;
  expect(integers(type, 1)).toEqual([1]);
  const axes = messages(messages(type, 2)[0]!, 1);
  return [texts(value, 1)[0]!, ...axes.map((axis) => texts(axis, 2)[0] ?? integers(axis, 1)[0]!)];
}

const runtime = findRuntime();

/** Weights, statistics, scales: nothing at the value that changes nothing. */
function randomized(model: nn.Sequential): nn.Sequential {
  model.initialize(1).eval();
  const random = new Random(2);
  for (const [name, variable] of [...model.namedParameters(), ...model.namedBuffers()]) {
    if (variable.rank !== 1 || variable.dtype !== "float32") continue;
    const positive = name.endsWith("runningVar") || name.endsWith("weight");
    variable.set(Float32Array.from(variable.values(), () => (positive ? 0.5 : -0.5) + random.uniform()));
  }
  return model;
}

/** The largest difference between what Tatami and onnxruntime compute, over batches of 1 and 7. */
async function difference(model: nn.Sequential, inputShape: readonly number[], opset?: number): Promise<number> {
  const { InferenceSession, Tensor } = runtime!;
  const session = await InferenceSession.create(await writeOnnx(model, { inputShape, opset }));
  let largest = 0;
  for (const batch of [1, 7]) {
    const shape = [batch, ...inputShape];
    const random = new Random(batch);
    const values = Float32Array.from({ length: sizeOf(shape) }, () => 4 * random.uniform() - 2);
    const expected = model.call(tensor(values, shape));
    const { output } = await session.run({ input: new Tensor("float32", values, shape) });
    expect(output!.dims).toEqual(expected.shape);
    const ours = await expected.data();
    expect(output!.data.length).toBe(ours.length);
    for (const [index, value] of ours.entries()) {
      // NaN is no agreement
      const apart = Math.abs(value - output!.data[index]!);
      if (!(apart <= largest)) largest = apart;
    }
  }
  await session.release();
  return largest;
}

/** All layers, between images and scores. */
const everything = () =>
  new nn.Sequential(
    new nn.Conv2d(2, 6, [3, 2], { padding: [2, 1, 0, 1], dilation: [1, 2], stride: [1, 2] }),
    new nn.BatchNorm2d(6),
    new nn.ReLU(),
    new nn.Conv2d(6, 12, 3, { groups: 3, padding: 1, bias: false }),
    new nn.GroupNorm(4, 12),
    new nn.GELU(),
    new nn.Sequential(
      new nn.ConvTranspose2d(12, 4, 3, { stride: 2, outputPadding: [1, 0], padding: 1, groups: 2 }),
      new nn.InstanceNorm2d(4),
      new nn.SiLU(),
      new nn.InstanceNorm2d(4, { affine: true, eps: 1e-3 }),
      new nn.Identity(),
    ),
    new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
    new nn.ELU(0.7),
    new nn.AvgPool2d(3, { stride: 1, padding: 1 }),
    new nn.LeakyReLU(0.2),
    new nn.AvgPool2d([2, 3], { padding: [1, 0, 1, 1], countIncludePad: false }),
    new nn.Softplus(),
    new nn.Flatten(2),
    new nn.LayerNorm([4, 10]),
    new nn.Linear(10, 5),
    new nn.Tanh(),
    new nn.LayerNorm(5, { elementwiseAffine: false }),
    new nn.Linear(5, 4, { bias: false }),
    new nn.Softmax(1),
    new nn.Flatten(),
    new nn.Dropout(0.5),
    new nn.Linear(16, 6),
    new nn.BatchNorm1d(6, { affine: false, eps: 1e-2 }),
    new nn.Sigmoid(),
    new nn.Linear(6, 3),
    new nn.LogSoftmax(),
  );

describe("writeOnnx(model, options)", () => {
  it("writes the graph, its weights under PyTorch's names and the free batch axis", async () => {
    const model = new nn.Sequential(
      new nn.Conv2d(1, 2, 3, { padding: [1, 0, 2, 1], bias: false }),
      new nn.BatchNorm2d(2),
      new nn.Flatten(),
      new nn.Dropout(0.5),
      new nn.Sequential(new nn.LeakyReLU(0.25), new nn.Linear(30, 3)),
    ).initialize(3);
    const file = fieldsOf(await writeOnnx(model, { inputShape: [1, 4, 4], name: "small", metadata: { run: "7" } }));
    expect(integers(file, 1)).toEqual([8]);
    expect(texts(file, 2)).toEqual(["tatamijs"]);
    expect(messages(file, 8).map((set) => [texts(set, 1), integers(set, 2)])).toEqual([[[""], [17]]]);
    expect(messages(file, 14).map((entry) => [...texts(entry, 1), ...texts(entry, 2)])).toEqual([["run", "7"]]);
    const [graph] = messages(file, 7);
    expect(texts(graph!, 2)).toEqual(["small"]);
    expect(messages(graph!, 11).map(namedAxes)).toEqual([["input", "N", 1, 4, 4]]);
    expect(messages(graph!, 12).map(namedAxes)).toEqual([["output", "N", 3]]);
    const nodes = messages(graph!, 1);
    expect(nodes.map((node) => [...texts(node, 4), texts(node, 1), ...texts(node, 2)])).toEqual([
      ["Conv", ["input", "0.weight"], "0/Conv.output"],
      [
        "BatchNormalization",
        ["0/Conv.output", "1.weight", "1.bias", "1.running_mean", "1.running_var"],
        "1/BatchNormalization.output",
      ],
      ["Flatten", ["1/BatchNormalization.output"], "2/Flatten.output"],
      ["LeakyRelu", ["2/Flatten.output"], "4.0/LeakyRelu.output"],
      ["Gemm", ["4.0/LeakyRelu.output", "4.1.weight", "4.1.bias"], "output"],
    ]);
    expect(nodes.map(attributesOf)).toEqual([
      { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 2, 0, 1], dilations: [1, 1], group: 1 },
      { epsilon: Math.fround(1e-5), momentum: Math.fround(0.9) },
      { axis: 1 },
      { alpha: 0.25 },
      { transB: 1 },
    ]);
    const state = await model.stateDict();
    const spelled = (name: string): string => name.replace("_mean", "Mean").replace("_var", "Var");
    const initializers = messages(graph!, 5);
    expect(initializers.map((constant) => texts(constant, 8)[0])).toEqual(
      "0.weight 1.weight 1.bias 4.1.weight 4.1.bias 1.running_mean 1.running_var".split(" "),
    );
    for (const constant of initializers) {
      const entry = state[spelled(texts(constant, 8)[0]!)]!;
      expect(integers(constant, 1)).toEqual(entry.shape);
      expect(integers(constant, 2)).toEqual([1]);
      const raw = constant.get(9)![0] as Buffer;
      expect(Array.from({ length: raw.length / 4 }, (_, index) => raw.readFloatLE(4 * index))).toEqual([
        ...entry.values,
      ]);
    }
  });

  it("leaves the model in the modes it was in, and its random keys and statistics as they were", async () => {
    const model = everything().initialize(1);
    model.modules[1]!.eval();
    const before = await model.stateDict();
    await writeOnnx(model, { inputShape: [2, 9, 11] });
    expect(await model.stateDict()).toEqual(before);
    expect(model.modules.map(({ training }) => training)).toEqual(model.modules.map((_, index) => index !== 1));
  });

  it("refuses all layers it does not know at once, with their places", async () => {
    class Doubled extends nn.Linear {}
    class Own extends nn.Module {
      override forward(x: Parameters<nn.Module["forward"]>[0]) {
        return x;
      }
    }
    const model = new nn.Sequential(new Doubled(1, 1), new nn.Sequential(new nn.ReLU(), new Own())).initialize(1);
    const written = writeOnnx(model, { inputShape: [1] });
    await expect(written).rejects.toThrow(OptionError);
    await expect(written).rejects.toThrow(
      "writeOnnx: layers have no ONNX form, got 0 (Doubled), 1.1 (Own), expected layers of nn in Sequential",
    );
  });

  it("refuses an input that does not fit, an operator set it does not write, and axes it would mix with the batch", async () => {
    const model = new nn.Sequential(new nn.Linear(3, 2)).initialize(1);
    await expect(writeOnnx(model, { inputShape: [4] })).rejects.toThrow(ShapeError);
    await expect(writeOnnx(model, { inputShape: [3], opset: 12 })).rejects.toThrow(
      "writeOnnx: opset is out of range, got 12, expected an integer from 13 to 22",
    );
    const joined = new nn.Sequential(new nn.Identity(), new nn.Flatten(0));
    await expect(writeOnnx(joined, { inputShape: [3] })).rejects.toThrow(
      "writeOnnx: 1 joins the batch with other axes",
    );
    await expect(writeOnnx(new nn.Sequential(new nn.Linear(3, 2)), { inputShape: [3] })).rejects.toThrow(
      "writeOnnx: 0.weight is not initialised",
    );
  });
});

it("saveOnnx(model, path, options) writes the same bytes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tatami-onnx-"));
  try {
    const model = new nn.Sequential(new nn.Linear(3, 2)).initialize(1);
    await saveOnnx(model, join(folder, "model.onnx"), { inputShape: [3] });
    const bytes = await writeOnnx(model, { inputShape: [3] });
    expect(Buffer.compare(readFileSync(join(folder, "model.onnx")), bytes)).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("the networks of these tests hold every layer that nn.describe knows", () => {
  const kinds = [everything(), pooled()].flatMap((model) =>
    model.namedModules().map(([, module]) => module.constructor),
  );
  expect(Object.keys(described).filter((name) => !kinds.some((kind) => kind === described[name]!.module))).toEqual([]);
});

/** What ends in whole images. */
const pooled = () =>
  new nn.Sequential(
    new nn.BatchNorm2d(2, { trackRunningStats: false }),
    new nn.Conv2d(2, 3, 1),
    new nn.GlobalAvgPool2d(),
    new nn.ConvTranspose2d(3, 2, 3, { dilation: 2 }),
    new nn.GlobalMaxPool2d(),
  );

describe.skipIf(runtime === null)("onnxruntime agrees with Tatami within 1e-5", () => {
  it.each([13, 17, 18, 20, 22])("on a network of every layer, operator set %i", async (opset) => {
    expect(await difference(randomized(everything()), [2, 9, 11], opset)).toBeLessThanOrEqual(1e-5);
  });

  it("after each layer of it, so that none hides behind those that follow", async () => {
    const { modules } = randomized(everything());
    const apart: string[] = [];
    for (const [index, module] of modules.entries()) {
      const begin = new nn.Sequential(...modules.slice(0, index + 1));
      const found = await difference(begin, [2, 9, 11]);
      if (!(found <= 1e-5)) apart.push(`${index} (${module.constructor.name}): ${found}`);
    }
    expect(apart).toEqual([]);
  });

  it("on global pools and normalisation by the batch itself", async () => {
    expect(await difference(randomized(pooled()), [2, 5, 4])).toBeLessThanOrEqual(1e-5);
    expect(await difference(randomized(pooled()), [2, 5, 4], 18)).toBeLessThanOrEqual(1e-5);
  });

  it("on a network that changes nothing", async () => {
    expect(await difference(new nn.Sequential(new nn.Identity()).eval(), [3])).toBe(0);
  });
});

/** ONNX's own checker, with its shape inference, held against the shapes in the file. */
const checker = `
import sys, onnx
model = onnx.load_from_string(sys.stdin.buffer.read())
onnx.checker.check_model(model, full_check=True)
onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
`;
const python = pythonWith("onnx");

it.skipIf(python === null).each([13, 17, 18, 20, 22])(
  "onnx.checker accepts a network of every layer, operator set %i",
  async (opset) => {
    for (const [model, inputShape] of [
      [everything(), [2, 9, 11]],
      [pooled(), [2, 5, 4]],
    ] as const) {
      const input = await writeOnnx(model.initialize(1), { inputShape, opset });
      const { status, stderr } = spawnSync(python!, ["-c", checker], { input });
      expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: "" });
    }
  },
);
