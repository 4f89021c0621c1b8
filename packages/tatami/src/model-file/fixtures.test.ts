// A network of PyTorch's in a safetensors file, its weights in our layers; and ours in PyTorch's.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pythonWith } from "../formats/python.ts";
import { readFixture } from "../nn/fixture.ts";
import * as nn from "../nn/index.ts";
import { reshape, tensor } from "../ops/index.ts";
import { loadWeights, saveWeights } from "./index.ts";

interface Expected {
  readonly input: readonly number[];
  readonly inputShape: readonly number[];
  readonly output: readonly number[];
}

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** That of fixtures/generate-files.py. */
const network = (): nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(2, 3, 3, { padding: 1 }),
    new nn.BatchNorm2d(3),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Dropout(0.5),
    new nn.Linear(12, 4),
  );

function largestDifference(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  return Math.max(...expected.map((value, index) => Math.abs(value - found[index]!)));
}

describe("loadWeights(model, input)", () => {
  it.each([
    ["network.safetensors", 1e-5],
    ["network-f16.safetensors", 2e-3],
  ])("takes PyTorch's %s and computes what PyTorch does", async (name, tolerance) => {
    const { input, inputShape, output } = readFixture<Expected>("files/network");
    const model = network().eval();
    await loadWeights(model, fixture(`files/${name}`));
    const found = await model.call(reshape(tensor([...input]), inputShape)).data();
    expect(largestDifference(found, output)).toBeLessThan(tolerance);
  });
});

describe("saveWeights(model, path)", () => {
  const python = pythonWith("torch");

  it.skipIf(python === null)("writes what PyTorch's load_state_dict takes, strictly", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tatami-torch-"));
    const path = join(folder, "ours.safetensors");
    const model = network().initialize(3).eval();
    await saveWeights(model, path);
    const printed = execFileSync(python!, [fixture("read-files.py"), "--network", path], { encoding: "utf8" });
    const { output } = JSON.parse(printed) as { output: number[] };
    const input = Array.from({ length: 64 }, (_, index) => index / 32 - 1);
    const found = await model.call(reshape(tensor(input), [2, 2, 4, 4])).data();
    expect(largestDifference(found, output)).toBeLessThan(1e-5);
    await rm(folder, { recursive: true });
  });
});
