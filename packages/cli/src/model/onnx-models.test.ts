// ONNX files where a model is asked for, in processes of their own; the command has to be built before.
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readNpz, readSafetensors, writePng } from "tatamijs/formats";
import { load } from "tatamijs/model-file";
import { loadOnnx } from "tatamijs/onnx";
import { tensor } from "tatamijs/ops";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const command = fileURLToPath(new URL("../../bin/tatami.js", import.meta.url));
const fixtures = fileURLToPath(new URL("../../../tatami/fixtures/onnx/", import.meta.url));
let folder = "";

function tatami(...args: readonly string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [command, ...args], { cwd: folder }, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stdout, stderr });
    });
  });
}

/** Pixels in [0, 255], no two alike for long. */
const image = (channels: 1 | 3, size: number) => ({
  channels,
  height: size,
  width: size,
  pixels: Uint8Array.from({ length: channels * size * size }, (_, index) => (index * 89) % 251),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-onnx-models-"));
  const small = "--train-size 60 --test-size 40 --batch-size 8 --iterations 4 --backend wasm --quiet".split(" ");
  expect((await tatami("train", "mlp", ...small, "--out", "run")).stderr).toBe("");
  expect((await tatami("export", "run", "--out", "run.onnx")).stderr).toBe("");
  for (const name of ["lenet-13", "keras-residual-15", "mlp-13", "mlp-external", "sklearn-pipeline-17"]) {
    await copyFile(`${fixtures}${name}.onnx`, join(folder, `${name}.onnx`));
  }
  await copyFile(`${fixtures}mlp-external.onnx.data`, join(folder, "mlp-external.onnx.data"));
  await writeFile(join(folder, "grey.png"), writePng(image(1, 14)));
  await writeFile(join(folder, "color.png"), writePng(image(3, 8)));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("tatami evaluate MODEL.onnx", () => {
  it("finds what it finds of the run that the file was exported from", async () => {
    const [run, file] = await Promise.all(
      ["run", "run.onnx"].map((model) => tatami("evaluate", model, "--limit", "50", "--backend", "wasm", "--json")),
    );
    const { model: _a, ...expected } = JSON.parse(run!.stdout);
    const { model: _b, ...found } = JSON.parse(file!.stdout);
    expect(found.accuracy).toBe(expected.accuracy);
    expect(found.confusion).toEqual(expected.confusion);
  });
});

describe("tatami predict MODEL.onnx IMAGE", () => {
  it("gives the network's probabilities, channels first or last", async () => {
    for (const [name, file, channels, size] of [
      ["lenet-13", "grey.png", 1, 14],
      ["keras-residual-15", "color.png", 3, 8],
    ] as const) {
      const { stdout, stderr } = await tatami("predict", `${name}.onnx`, file, "--backend", "wasm", "--json");
      expect(stderr).toBe("");
      const { guesses } = JSON.parse(stdout).predictions[0];
      const { model } = await loadOnnx(join(folder, `${name}.onnx`), { logits: true });
      const { pixels } = image(channels, size);
      // of a PNG, channels are last
      const x = tensor(
        Float32Array.from(pixels, (byte) => byte / 255),
        [1, size, size, channels],
      );
      const expected = await model
        .call(name === "lenet-13" ? x.transpose([0, 3, 1, 2]) : x)
        .softmax(1)
        .data();
      for (const guess of guesses) expect(guess.probability).toBeCloseTo(expected[Number(guess.class)]!, 5);
    }
  });

  it("says what of a network is no network of images", async () => {
    const { exitCode, stderr } = await tatami("predict", "mlp-13.onnx", "grey.png", "--backend", "wasm");
    expect([exitCode, stderr]).toEqual([
      2,
      "tatami: mlp-13.onnx takes no images, got an input of [6], expected [C, H, W], [H, W, C] or 1 · 28 · 28 pixels (see --shape)\n",
    ]);
    const shaped = await tatami(
      "predict",
      "mlp-13.onnx",
      "grey.png",
      "--shape",
      "1,2,3",
      "--backend",
      "wasm",
      "--json",
    );
    expect(JSON.parse(shaped.stdout).predictions[0].guesses).toHaveLength(3);
  });
});

describe("tatami export MODEL.onnx --format", () => {
  it("safetensors is a model file where the graph is a chain of layers", async () => {
    expect((await tatami("export", "mlp-13.onnx", "--format", "safetensors")).stderr).toBe("");
    const { model, inputShape } = await load(join(folder, "mlp-13.safetensors"));
    expect(inputShape).toEqual([6]);
    const { input, output } = await readNpz(`${fixtures}mlp-13.npz`);
    const y = await model.call(tensor(input!.values, input!.shape)).data();
    expect(Math.max(...y.map((value, index) => Math.abs(value - output!.values[index]!)))).toBeLessThan(1e-5);
  });

  it("safetensors and npz hold the weights by the file's names where it is none, and say so", async () => {
    const { stderr } = await tatami("export", "keras-residual-15.onnx", "--format", "safetensors");
    expect(stderr).toMatch(
      /^tatami: the file holds the weights alone, by their names: layersOf: the graph is no chain of layers, got Transpose ".*", expected an operator that is a layer of nn\n$/,
    );
    const { tensors } = await readSafetensors(join(folder, "keras-residual-15.safetensors"));
    expect((await tatami("export", "keras-residual-15.onnx", "--format", "npz")).stderr).toBe("");
    expect(Object.keys(await readNpz(join(folder, "keras-residual-15.npz"))).sort()).toEqual(
      Object.keys(tensors).sort(),
    );
    expect((await tatami("export", "mlp-13.onnx", "--format", "npz")).stderr).toBe("");
    const names = Object.keys(await readNpz(join(folder, "mlp-13.npz")));
    expect(names).toEqual(expect.arrayContaining(["fc1.weight", "bn.running_mean", "fc2.bias"]));
  });

  it("onnx gathers weights that lie beside the file", async () => {
    expect((await tatami("export", "mlp-external.onnx", "--out", "whole.onnx")).stderr).toBe("");
    const { input, output } = await readNpz(`${fixtures}mlp-external.npz`);
    const { model } = await loadOnnx(join(folder, "whole.onnx"));
    const y = await model.call(tensor(input!.values, input!.shape)).data();
    expect(Math.max(...y.map((value, index) => Math.abs(value - output!.values[index]!)))).toBeLessThan(1e-5);
  });
});

describe("tatami inspect MODEL.onnx", () => {
  it("names its classes", async () => {
    const { stdout } = await tatami("inspect", "sklearn-pipeline-17.onnx", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "ONNX model",
      facts: { classNames: ["cat", "dog", "owl"] },
    });
  });
});
