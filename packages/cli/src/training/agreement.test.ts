// Every net's first losses on the compiled backends, held to those on the reference. A relu's input within rounding of 0
// turns its decision in some runs (of the deep conv net, 3 of 32 over eight seeds), and what follows grows apart: the seeds
// are ones where none does.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nativeStatus } from "tatamijs-native";
import { describe, expect, it } from "vitest";

const command = fileURLToPath(new URL("../../bin/tatami.js", import.meta.url));
const sizes = "--batch-size 10 --train-size 200 --test-size 10 --iterations 20 --evaluate-every 1 --json".split(" ");

async function losses(net: string, options: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    command,
    "train",
    net,
    ...sizes,
    ...options.split(" "),
  ]);
  return JSON.parse(stdout).history.map(({ loss }: { loss: number }) => loss);
}

/** the largest relative difference */
function difference(got: readonly number[], expected: readonly number[]): number {
  expect(got).toHaveLength(expected.length);
  return Math.max(...got.map((loss, step) => Math.abs(loss / expected[step] - 1)));
}

/** Holds others to the first, all run at once. */
async function agree(net: string, seed: number, ...options: string[]): Promise<void> {
  const [expected, ...others] = await Promise.all(options.map((run) => losses(net, `--seed ${seed} ${run}`)));
  expect(expected).toHaveLength(20);
  for (const got of others) expect(difference(got, expected)).toBeLessThanOrEqual(1e-4);
}

const fast = (backend: string): string => `--backend ${backend}`;
const exact = (backend: string): string => `--backend ${backend} --precision exact`;

const { available } = nativeStatus();

describe.each(["mlp", "simple-conv", "double-conv", "deep-conv"])("%s", (net) => {
  it("has the losses of the reference backend in its first 20 steps", { timeout: 600_000 }, () =>
    agree(net, 1, fast("reference"), fast("wasm"), exact("wasm")),
  );

  it.runIf(available)("has the same losses natively", { timeout: 60_000 }, () =>
    agree(net, 6, exact("wasm"), fast("native"), exact("native")),
  );
});
