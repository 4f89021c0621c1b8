// Files of other programs as a person gives them to the command: models of TensorFlow.js, Parquet sets. In processes of their
// own; the command has to be built before.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "tatamijs/model-file";
import { tensor } from "tatamijs/ops";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const command = fileURLToPath(new URL("../../bin/tatami.js", import.meta.url));
const fixtures = fileURLToPath(new URL("../../../formats/fixtures/", import.meta.url));
let folder = "";

function tatami(...args: readonly string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [command, ...args], { cwd: folder }, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stdout, stderr });
    });
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-foreign-"));
  await cp(join(fixtures, "tfjs"), join(folder, "tfjs"), { recursive: true });
  await cp(join(fixtures, "parquet", "struct-snappy.parquet"), join(folder, "set", "train-00000-of-00001.parquet"));
  await cp(join(fixtures, "parquet", "struct-gzip.parquet"), join(folder, "set", "test-00000-of-00001.parquet"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("tatami COMMAND model.json", () => {
  it("export writes a model file of its scores, named after the folder", async () => {
    expect(await tatami("export", "tfjs/nested/model.json", "--format", "safetensors")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("nested.safetensors  safetensors, "),
      stderr: "",
    });
    const { model, inputShape } = await load(join(folder, "nested.safetensors"));
    expect(inputShape).toEqual([1, 5, 5]);
    const { input, output } = JSON.parse(await readFile(join(folder, "tfjs", "expected.json"), "utf8")).nested;
    const scores = model.call(tensor(input.values, [2, 1, 5, 5]));
    const probabilities = await scores.softmax(1).data();
    const differences = output.values.map((value: number, at: number) => Math.abs(value - probabilities[at]));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1e-5);
    expect(await tatami("export", "tfjs/nested", "--format", "onnx")).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("inspect lists layers and weights, and what cannot be read", async () => {
    const { stdout, exitCode } = await tatami("inspect", "tfjs/nested/model.json", "--json");
    expect(exitCode).toBe(0);
    const { kind, layers, tensors } = JSON.parse(stdout);
    expect(kind).toBe("TensorFlow.js layers model");
    expect(layers.map(({ type }: { type: string }) => type)).toEqual(["InputLayer", "Conv2D", "Flatten", "Dense"]);
    expect(tensors).toHaveLength(4);
    const model = JSON.parse(await readFile(join(folder, "tfjs", "nested", "model.json"), "utf8"));
    model.modelTopology.config.layers.at(-1).config.activation = "selu";
    await cp(join(folder, "tfjs", "nested"), join(folder, "selu"), { recursive: true });
    await writeFile(join(folder, "selu", "model.json"), JSON.stringify(model));
    const ended = await tatami("inspect", "selu");
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout).toMatch(/Dense \S+: activation "selu" could not be read/);
    expect(await tatami("export", "selu", "--format", "onnx")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^tatami: tfjs: selu.model\.json has layers that cannot be read, got Dense \S+: activation "selu"/,
      ),
    });
  });
});

describe("tatami data info|preview of Parquet", () => {
  it("counts the splits of a folder", async () => {
    const { stdout, stderr } = await tatami("data", "info", "set", "--json");
    expect(stderr).toBe("");
    const { kind, splits } = JSON.parse(stdout);
    expect(kind).toBe("parquet");
    expect(splits).toMatchObject([
      { split: "train", images: 10, shapes: [{ shape: [1, 4, 5], count: 10 }] },
      { split: "test", images: 4 },
    ]);
    expect(splits[0].classes).toEqual([
      { name: "cat", count: 4 },
      { name: "dog", count: 4 },
      { name: "名前", count: 2 },
    ]);
  });

  it("draws images, and evaluates a model on them", async () => {
    const { stdout } = await tatami("data", "preview", "set", "--split", "test", "--count", "2");
    expect(stdout).toMatch(/cat +dog/);
    expect(await tatami("data", "preview", "set/test-00000-of-00001.parquet")).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
    const evaluated = await tatami(
      "evaluate",
      "tfjs/nested",
      "--data",
      join(fixtures, "parquet", "list.parquet"),
      "--json",
    );
    expect(evaluated.stderr).not.toMatch(/tatami: (?!native)/);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ classNames: ["0", "1", "2"] });
  });
});
