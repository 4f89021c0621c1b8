// Every net's first losses on the compiled backends, held to those on the reference.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nativeStatus } from "tatamijs-native";
import { describe, expect, it } from "vitest";

const command = fileURLToPath(new URL("../../bin/tatami.js", import.meta.url));
/** whether a C compiler was there decides about native */
const compiled = nativeStatus().available ? ["wasm", "native"] : ["wasm"];
const sizes = "--batch-size 10 --train-size 200 --test-size 10 --evaluate-every 1 --seed 1 --json".split(" ");

async function losses(net: string, ...options: string[]): Promise<number[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [command, "train", net, ...sizes, ...options]);
  return JSON.parse(stdout).history.map(({ loss }: { loss: number }) => loss);
}

/** the largest relative difference */
function difference(got: readonly number[], expected: readonly number[]): number {
  expect(got).toHaveLength(expected.length);
  return Math.max(...got.map((loss, step) => Math.abs(loss / expected[step] - 1)));
}

describe.each(["mlp", "simple-conv", "double-conv", "deep-conv"])("%s", (net) => {
  it("has the losses of the reference backend in its first 20 steps", { timeout: 600_000 }, async () => {
    const run = ["--iterations", "20"];
    const [expected, ...others] = await Promise.all([
      losses(net, ...run, "--backend", "reference"),
      ...compiled.flatMap((backend) => [
        losses(net, ...run, "--backend", backend),
        losses(net, ...run, "--backend", backend, "--precision", "exact"),
      ]),
    ]);
    expect(expected).toHaveLength(20);
    for (const got of others) expect(difference(got, expected)).toBeLessThanOrEqual(1e-4);
  });
});
