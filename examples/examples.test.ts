// Every example runs as its reader would run it, only shorter, and prints what it promises.
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

async function run(file: string, ...args: string[]): Promise<string> {
  const command = ["--import", "tsx", `examples/${file}`, ...args];
  return (await promisify(execFile)(process.execPath, command, { cwd: root })).stdout;
}

/** What each file is run with, and what its output must hold. */
const examples: Record<string, { args?: string[]; prints: RegExp[] }> = {
  "first-tensors.ts": {
    prints: [/1\.5, 20\.5, 300\.5/, /a mistake: matmul: .*\[2, 3\] and \[2, 3\]/, /second derivative.*6, 12, 18, 24/],
  },
  "train-mlp.ts": { args: ["300"], prints: [/step 300 {2}loss 0\.0/, /^[.o#]{48}$/m, /right: 29\d of 300/] },
  "train-mnist.ts": {
    args: ["60", "2000"],
    prints: [
      /iteration 60 {2}loss \d\.\d+ {2}validation accuracy 0\.[89]/,
      /test accuracy 0\.[89]/,
      /^predicted( \d){10}$/m,
    ],
  },
  "look-inside.ts": {
    prints: [/^0 Linear .*e-10$/m, /^0 Linear .*e-4$/m, /matmul \+ add \+ relu/, /fused +mul add mul sub/],
  },
  "check-gradients.ts": { prints: [/mish: right/, /layerNorm: right/, /by hand +(.+)\nby machine +\1\n/] },
  "own-layer.ts": {
    args: ["2"],
    prints: [/1\.residual\.0\.weight: \[8, 8, 3, 3\]/, /iteration 40 {2}test accuracy 0\.[89]/],
  },
};

describe("examples/", () => {
  it("has a test for each file", () => {
    const files = readdirSync(`${root}/examples`).filter((file) => /^(?!.*\.test).*\.ts$/.test(file));
    expect(Object.keys(examples).sort()).toEqual(files.sort());
  });

  it.each(Object.entries(examples))("%s prints what it promises", async (file, { args = [], prints }) => {
    const output = await run(file, ...args);
    for (const expected of prints) expect(output).toMatch(expected);
  });
});
