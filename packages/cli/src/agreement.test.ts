// Every net's first losses on the compiled backends, held to those on the reference.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nativeStatus } from "tatamijs-native";
import { describe, expect, it } from "vitest";

const command = fileURLToPath(new URL("../bin/tatami.js", import.meta.url));
/** whether a C compiler was there decides about native */
const compiled = nativeStatus().available ? ["wasm", "native"] : ["wasm"];
const sizes = "--iterations 20 --batch-size 10 --train-size 200 --test-size 10 --evaluate-every 1 --seed 1".split(" ");

async function losses(net: string, backend: string): Promise<number[]> {
  const asked = [command, "train", net, ...sizes, "--backend", backend, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, asked);
  return JSON.parse(stdout).history.map(({ loss }: { loss: number }) => loss);
}

describe.each(["mlp", "simple-conv", "double-conv", "deep-conv"])("%s", (net) => {
  it("has the losses of the reference backend in its first 20 steps", { timeout: 600_000 }, async () => {
    const [expected, ...others] = await Promise.all(["reference", ...compiled].map((backend) => losses(net, backend)));
    expect(expected).toHaveLength(20);
    for (const got of others) {
      got.forEach((loss, step) => {
        expect(Math.abs(loss / expected[step] - 1)).toBeLessThanOrEqual(1e-4);
      });
    }
  });
});
