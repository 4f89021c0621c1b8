// `tatami export` and `tatami inspect` as a person has them, in processes of their own; the command has to be built before.
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readNpz, readSafetensors, saveNpy, saveNpz, saveSafetensors, writeIdx } from "tatamijs/formats";
import { load, loadWeights, save } from "tatamijs/model-file";
import { Conv2d, Flatten, Linear, Sequential } from "tatamijs/nn";
import { writeOnnx } from "tatamijs/onnx";
import { tensor } from "tatamijs/ops";
import { imageShape, inPlainLayers, netNames, nets } from "tatamijs-course/nets";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findRuntime } from "../../../../bench/onnx-runtime.mjs";
import { commandProcess, type Ended } from "../command/command-process.ts";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const fixtures = fileURLToPath(new URL("../../../tatami/fixtures/files/", import.meta.url));
let folder = "";

const tatami = (...args: readonly string[]): Promise<Ended> => commandProcess(args, { cwd: folder });

const usageError = (message: string): Ended => ({ exitCode: 2, stdout: "", stderr: `tatami: ${message}\n` });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-model-files-"));
  const small = "--train-size 60 --test-size 40 --batch-size 8 --backend wasm --quiet".split(" ");
  const train = (name: string, more: string): Promise<Ended> =>
    tatami("train", "mlp", ...small, "--iterations", "4", "--out", name, ...more.split(" ").filter(Boolean));
  const ended = await Promise.all([train("run", "--ema .9"), train("book", "--batch-norm --dropout .2")]);
  expect(ended.map(({ stderr }) => stderr)).toEqual(["", ""]);
  const model = new Sequential(new Conv2d(1, 2, 3), new Flatten(), new Linear(8, 3, { bias: false })).initialize(1);
  await save(model, join(folder, "model.safetensors"), { inputShape: [1, 4, 4], classNames: ["a", "b", "c"] });
  await save(model, join(folder, "shapeless.safetensors"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("tatami export MODEL --format", () => {
  it("onnx writes what writeOnnx does, with what the file says of its classes", async () => {
    const ended = await tatami("export", "model.safetensors", "--format", "onnx");
    const bytes = await readFile(join(folder, "model.onnx"));
    expect(ended).toEqual({
      exitCode: 0,
      stdout: `model.onnx  onnx, ${bytes.length} bytes: 3 tensors, 44 values\n`,
      stderr: "",
    });
    const { model } = await load(join(folder, "model.safetensors"));
    const metadata = { format: "pt", classNames: '["a","b","c"]' };
    expect(bytes.equals(await writeOnnx(model, { inputShape: [1, 4, 4], name: "model", metadata }))).toBe(true);
    // what was not asked for is not replaced
    expect(await tatami("export", "model.safetensors", "--format", "onnx")).toEqual(
      usageError("model.onnx is there already, got no --out, expected it"),
    );
  });

  it("safetensors, npz and csv hold the weights of a run, averaged where it was evaluated so", async () => {
    const exported = (out: string): Promise<Ended> => tatami("export", "run", "--out", out, "--json");
    const ended = await Promise.all(["a.safetensors", "a.npz", "a.csv"].map(exported));
    expect(ended.map(({ stdout }) => JSON.parse(stdout))).toEqual(
      ["safetensors", "npz", "csv"].map((format) => ({
        out: `a.${format}`,
        format,
        bytes: expect.any(Number),
        tensors: 6,
        values: 32_430,
        step: 4,
        averaged: true,
      })),
    );
    const slots = await readSafetensors(join(folder, "run/step-00000004/slots.safetensors"));
    const { model, inputShape } = await load(join(folder, "a.safetensors"));
    expect(inputShape).toEqual([1, 28, 28]);
    for (const [index, parameter] of model.parameters().entries()) {
      expect(parameter.values()).toEqual(slots.tensors[`average.${index}`].values);
    }
    const arrays = await readNpz(join(folder, "a.npz"));
    expect(Object.keys(arrays)).toEqual("1.weight 1.bias 3.weight 3.bias 5.weight 5.bias".split(" "));
    const [header, ...lines] = (await readFile(join(folder, "a.csv"), "utf8")).trim().split("\n");
    expect([header, lines.length]).toEqual(["tensor,index,value", 32_430]);
    const last = Object.values(arrays["5.weight"].values).at(-1);
    expect(lines.filter((line) => line.startsWith("5.weight")).at(-1)).toBe(`5.weight,9 19,${last}`);
  });

  it("refuses what it cannot do in one line, with the nearest name", async () => {
    const refused = async (args: string): Promise<string> => {
      const { exitCode, stdout, stderr } = await tatami("export", ...args.split(" "));
      expect([exitCode, stdout]).toEqual([2, ""]);
      return stderr.trim();
    };
    expect(await refused("modl.safetensors --format npz")).toBe(
      "tatami: no such file, got modl.safetensors, did you mean model.safetensors?",
    );
    expect(await refused("model.safetensors --format onx")).toBe(
      'tatami: unknown format "onx", did you mean onnx? (expected one of onnx, safetensors, npz, csv)',
    );
    expect(await refused("model.safetensors")).toMatch(/^tatami: --format is missing/);
    expect(await refused("model.safetensors --out model.safetensors")).toMatch(/--out is the model itself/);
    expect(await refused("model.safetensors --format npz --step 3")).toMatch(/--step is for a folder of checkpoints/);
    expect(await refused("shapeless.safetensors --format onnx")).toMatch(/got no --input-shape/);
    expect(await refused("run/step-00000004/slots.safetensors --format onnx")).toMatch(/holds weights alone/);
  });

  it("says where it cannot write, in the words of every format alike", async () => {
    for (const format of ["onnx", "safetensors", "npz", "csv"]) {
      const { exitCode, stderr } = await tatami("export", "model.safetensors", "--out", `nowhere/model.${format}`);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /^tatami: \w+: nowhere\/model\.\w+ cannot be written.*, got "ENOENT.*, expected a folder .*\n$/,
      );
    }
  });

  it("takes one checkpoint's folder too", async () => {
    const { exitCode, stderr } = await tatami("export", "run/step-00000000", "--format", "npz");
    expect([exitCode, stderr]).toEqual([0, ""]);
    const { tensors } = await readSafetensors(join(folder, "run/step-00000000/model.safetensors"));
    expect(await readNpz(join(folder, "step-00000000.npz"))).toEqual(tensors);
  });

  it("onnx takes --input-shape where the model does not say it", async () => {
    const { exitCode } = await tatami("export", "shapeless.safetensors", "--out", "s.onnx", "--input-shape", "1,4,4");
    expect(exitCode).toBe(0);
  });
});

describe("tatami inspect FILE", () => {
  const inspect = async (file: string): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await tatami("inspect", file, "--json");
    expect(stderr).toBe("");
    return JSON.parse(stdout);
  };

  it("shows a model's layers, shapes and statistics", async () => {
    const { exitCode, stdout } = await tatami("inspect", "model.safetensors");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\nmodel\.safetensors {2}Tatami model file, [\d,]+ bytes\n/);
    expect(stdout).toMatch(/\n {2}input shape +1 4 4\n {2}class names +a b c\n/);
    expect(stdout).toMatch(/\n {2}0 {2}Conv2d +inChannels 1, outChannels 2, kernelSize 3 3,/);
    expect(stdout).toMatch(/\n {2}2\.weight +F32 +3 × 8 +24 /);
    expect(stdout).toMatch(/\n {2}in all +44\n/);
  });

  it("computes minimum, mean, maximum and deviation, and counts what is not finite", async () => {
    const values = Float32Array.of(1, 3, Number.NaN, 5, 7, Number.POSITIVE_INFINITY);
    await saveSafetensors(join(folder, "odd.safetensors"), { odd: { shape: [2, 3], dtype: "float32", values } });
    expect(await inspect("odd.safetensors")).toMatchObject({
      kind: "safetensors",
      layers: [],
      unread: [],
      tensors: [
        {
          name: "odd",
          dtype: "F32",
          shape: [2, 3],
          count: 6,
          statistics: { min: 1, mean: 4, max: 7, std: Math.sqrt(5), notFinite: 2 },
        },
      ],
    });
  });

  it("knows NPY, NPZ and IDX by their content, whatever they are called", async () => {
    const array = { shape: [3], dtype: "int32", values: Int32Array.of(1, 2, 6) } as const;
    const statistics = expect.objectContaining({ min: 1, mean: 3, max: 6, notFinite: 0 });
    await saveNpy(join(folder, "one"), array);
    await saveNpz(join(folder, "two.txt"), { a: array });
    await writeFile(join(folder, "three"), writeIdx(Uint8Array.of(1, 2, 6), [3]));
    const seen = await Promise.all(["one", "two.txt", "three"].map(inspect));
    expect(seen.map(({ kind, tensors }) => [kind, tensors])).toEqual([
      ["NPY array", [{ name: "", dtype: "int32", shape: [3], count: 3, statistics }]],
      ["NPZ archive", [{ name: "a", dtype: "int32", shape: [3], count: 3, statistics }]],
      ["IDX array", [{ name: "", dtype: "uint8", shape: [3], count: 3, statistics }]],
    ]);
  });

  it("shows an ONNX model's operators and constants", async () => {
    const { model } = await load(join(folder, "model.safetensors"));
    await writeFile(join(folder, "any.onnx"), await writeOnnx(model, { inputShape: [1, 4, 4] }));
    const { kind, facts, layers, tensors } = await inspect("any.onnx");
    expect([kind, facts]).toEqual([
      "ONNX model",
      {
        irVersion: 8,
        opset: 17,
        producer: "tatamijs",
        name: "tatami",
        inputs: { input: ["N", 1, 4, 4] },
        outputs: { output: ["N", 3] },
      },
    ]);
    expect(layers).toMatchObject([{ type: "Conv" }, { type: "Flatten" }, { path: "2/Gemm", type: "Gemm" }]);
    const weight = { name: "2.weight", dtype: "float32", shape: [3, 8], statistics: { notFinite: 0 } };
    expect(tensors).toMatchObject([{ name: "0.weight" }, { name: "0.bias" }, weight]);
  });

  it("looks into a run, past a damaged checkpoint, and ends with 1 where something could not be read", async () => {
    expect(await inspect("run")).toMatchObject({ kind: "folder of checkpoints", facts: { step: 4, net: "mlp" } });
    await mkdir(join(folder, "damaged/step-00000004"), { recursive: true });
    await mkdir(join(folder, "damaged/step-00000009"), { recursive: true });
    for (const name of ["checkpoint.json", "model.safetensors", "slots.safetensors"]) {
      await copyFile(join(folder, "run/step-00000004", name), join(folder, "damaged/step-00000004", name));
    }
    const { exitCode, stdout } = await tatami("inspect", "damaged", "--json");
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      facts: { steps: [4, 9], step: 4 },
      unread: [{ name: "step 9", reason: expect.stringMatching(/no such file.*the one of step 4 is good/) }],
    });
    expect(await inspect("run/step-00000004")).toMatchObject({ kind: "checkpoint", facts: { step: 4 } });
  });

  it("names the arrays it cannot read, and refuses a damaged or unknown file in one line", async () => {
    await copyFile(join(fixtures, "strings.npy"), join(folder, "strings.npy"));
    await copyFile(join(folder, "odd.safetensors"), join(folder, "cut.safetensors"));
    await truncate(join(folder, "cut.safetensors"), 80);
    await writeFile(join(folder, "note.txt"), "hello, what is this?");
    const [strings, cut, note, missing] = await Promise.all(
      ["strings.npy", "cut.safetensors", "note.txt", "noteX.txt"].map((name) => tatami("inspect", name)),
    );
    expect([strings.exitCode, cut.exitCode, note.exitCode, missing.exitCode]).toEqual([1, 1, 2, 2]);
    expect(strings.stderr).toMatch(/^tatami: npy: strings\.npy .*\n$/);
    expect(cut.stderr).toMatch(/^tatami: safetensors: cut\.safetensors .*\n$/);
    expect(note.stderr).toMatch(/^tatami: note\.txt is of no known kind, got one that begins with 0x68656c6c6f2c2077/);
    expect(missing.stderr).toBe("tatami: no such file, got noteX.txt, did you mean note.txt?\n");
  });
});

const runtime = findRuntime();

/** The largest difference between the logits of Tatami and of onnxruntime: itself, and as a share of the largest logit. */
async function difference(
  model: Sequential,
  bytes: Uint8Array,
  batch: number,
): Promise<{ readonly apart: number; readonly share: number }> {
  const session = await runtime!.InferenceSession.create(bytes);
  const shape = [batch, ...imageShape];
  const pixels = Float32Array.from({ length: batch * 784 }, (_, index) => ((index * 7919) % 256) / 255);
  const ours = await model.call(tensor(pixels, shape)).data();
  const { output } = await session.run({ input: new runtime!.Tensor("float32", pixels, shape) });
  expect(output.data.length).toBe(ours.length);
  const apart = Math.max(...ours.map((value, index) => Math.abs(value - output.data[index])));
  return { apart, share: apart / Math.max(...ours.map(Math.abs)) };
}

describe.skipIf(runtime === null)("onnxruntime gives the logits of Tatami within 1e-5", () => {
  it.each(netNames)("for %s", async (name) => {
    const model = nets[name].build([40, 20]).initialize(3).eval();
    const bytes = await writeOnnx(inPlainLayers(model), { inputShape: imageShape });
    for (const batch of [1, 7]) {
      const { apart, share } = await difference(model, bytes, batch);
      expect(apart).toBeLessThanOrEqual(1e-5);
      // where logits are small, so is what 1e-5 says
      expect(share).toBeLessThanOrEqual(1e-5);
    }
  });

  it("for a run with the book's batch normalisation and dropout, out of its checkpoint", async () => {
    expect(await tatami("export", "book", "--format", "onnx")).toMatchObject({ exitCode: 0, stderr: "" });
    const model = nets.mlp.build([40, 20], { batchNorm: "before", dropout: 0.2 }).initialize(0).eval();
    await loadWeights(model, join(folder, "book/step-00000004/model.safetensors"));
    // four steps leave the running variance near 0 and the logits large
    const { share } = await difference(model, await readFile(join(folder, "book.onnx")), 7);
    expect(share).toBeLessThanOrEqual(1e-5);
  });
});
