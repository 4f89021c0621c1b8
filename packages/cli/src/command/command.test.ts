// The command as a person runs it, in processes of its own; it has to be built before.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { availableThreads } from "tatamijs";
import { nativeStatus } from "tatamijs-native";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commandFile, commandProcess, type Ended } from "./command-process.ts";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 30_000 });

/** those that run here: whether a C compiler was there decides about native */
const backends = ["native", "wasm", "reference"].slice(nativeStatus().available ? 0 : 1);
const small = ["--train-size", "60", "--test-size", "40", "--batch-size", "8", "--iterations", "6"];

const tatami = (...args: readonly string[]): Promise<Ended> => commandProcess(args);

describe("tatami train", () => {
  it.concurrent.each(backends)("--json --backend %s prints one object with the promised keys", async (backend) => {
    const { exitCode, stdout, stderr } = await tatami(
      "train",
      "simple-conv",
      ...small,
      "--backend",
      backend,
      "--seed",
      "3",
      "--evaluate-every",
      "4",
      "--json",
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const result = JSON.parse(stdout);
    expect(stdout).toBe(`${JSON.stringify(result)}\n`);
    expect(Object.keys(result)).toEqual(
      "net backend threads seed iterations trainAccuracy testAccuracy finalLoss secondsTotal stepMs history".split(" "),
    );
    const threads = backend === "reference" ? 1 : availableThreads();
    expect(result).toMatchObject({ net: "simple-conv", backend, threads, seed: 3, iterations: 6 });
    expect(Object.keys(result.stepMs)).toEqual(["min", "median", "p95"]);
    expect(result.history.map(({ iteration }: { iteration: number }) => iteration)).toEqual([4, 6]);
    expect(Object.keys(result.history[0])).toEqual(["iteration", "loss", "trainAccuracy", "testAccuracy"]);
    expect(result.history[1]).toMatchObject({
      loss: result.finalLoss,
      trainAccuracy: result.trainAccuracy,
      testAccuracy: result.testAccuracy,
    });
  });

  it.concurrent("gives the same numbers for the same seed", async () => {
    const runs = await Promise.all(
      [1, 1, 2].map((seed) => tatami("train", "mlp", ...small, "--seed", String(seed), "--json")),
    );
    const [first, again, other] = runs.map(({ stdout }) => JSON.parse(stdout).history);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it.concurrent("--quiet prints one line", async () => {
    const { exitCode, stdout, stderr } = await tatami("train", "mlp", ...small, "--quiet", "--backend", "wasm");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^mlp: test accuracy \S+, training accuracy \S+, 6 iterations, [^\n]+\n$/);
  });

  it.concurrent("prints the result without colours or progress where no terminal is", async () => {
    const { exitCode, stdout, stderr } = await tatami(
      "train",
      "mlp",
      ...small,
      "--hidden",
      "8",
      "--backend",
      backends[0],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("mlp  784-8-10\n");
    expect(stdout).toMatch(new RegExp(`^backend ${backends[0]}.*: asked for with --backend$`, "m"));
    expect(stdout).toMatch(/ of 40 test images are wrong, most surely these\n/);
    expect(stdout).not.toContain("\x1b");
  });

  it.concurrent("stops at the next iteration on SIGINT and prints what it has", async () => {
    const args = ["train", "mlp", "--train-size", "100", "--test-size", "100", "--iterations", "100000000"];
    const child = spawn(process.execPath, [commandFile, ...args]);
    const exit = new Promise((resolve) => child.on("exit", resolve));
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      // the introduction stands there: the run begins
      if (stdout === "") setTimeout(() => child.kill("SIGINT"), 500);
      stdout += chunk;
    });
    expect(await exit).toBe(130);
    expect(stdout).toMatch(/^stopped after [\d,]+ of 100,000,000 iterations/m);
    expect(stdout).toMatch(/^ {2}a step /m);
  });

  it.concurrent("names the step and the place where numbers stop being finite", async () => {
    const { exitCode, stdout, stderr } = await tatami(
      "train",
      "mlp",
      ...small,
      "--lr",
      "1e30",
      "--quiet",
      "--backend",
      "wasm",
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(
      /^tatami: fit: the loss stopped being finite at step 2, first in layer \d \(Linear\), got \S+, expected finite numbers\n$/,
    );
  });
});

describe("tatami summary", () => {
  it.concurrent("deep-conv lists its layers, parameters, work and memory", async () => {
    const { exitCode, stdout } = await tatami("summary", "deep-conv");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {3}7 {2}Conv2d +32 × 16 × 16 +9,248 +2,359,296$/m);
    expect(stdout).toMatch(/\n {6}in all +123,552 +8,772,340\n/);
    expect(stdout).toMatch(/activations, gradients +\S+ MiB\n/);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it.concurrent("--json gives the same for programs", async () => {
    const { stdout } = await tatami("summary", "mlp", "--hidden", "8", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ net: "mlp", parameters: 784 * 8 + 8 + 8 * 10 + 10 });
  });
});

describe("help", () => {
  it.concurrent.each([
    [["--help"]],
    [["train", "--help"]],
    [["summary", "--help"]],
    [["bench", "--help"]],
    [["doctor", "--help"]],
    [["help", "train"]],
    [[]],
  ])("tatami %j prints how it is used", async (args) => {
    const { exitCode, stdout, stderr } = await tatami(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: tatami/);
  });

  it.concurrent("tatami --version prints the version alone", async () => {
    expect(await tatami("--version")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe("a command line that is at fault", () => {
  it.concurrent.each([
    ["trian", "unknown command 'trian', did you mean train?"],
    [
      "train simpel-conv",
      'unknown net "simpel-conv", did you mean simple-conv? (expected one of mlp, simple-conv, double-conv, deep-conv)',
    ],
    [
      "summary deepconv",
      'unknown net "deepconv", did you mean deep-conv? (expected one of mlp, simple-conv, double-conv, deep-conv)',
    ],
    ["train --iteratons 3", "unknown option '--iteratons', did you mean --iterations?"],
    ["train mlp deep-conv", "too many arguments for 'train'. Expected 1 argument but got 2."],
    [
      "train --backend wsam",
      'unknown backend "wsam", did you mean wasm? (expected one of auto, native, wasm, reference)',
    ],
    [
      "train --optimizer adm",
      'unknown optimiser "adm", did you mean adam? (expected one of sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw)',
    ],
    ["train --lr", "option '--lr <rate>' argument missing"],
    ["train --lr 0", "--lr is out of range, got 0, expected a number above 0"],
    ["train --iterations -5", "--iterations is out of range, got -5, expected an integer of at least 1"],
    ["train --batch-size 0", "--batch-size is out of range, got 0, expected an integer of at least 1"],
    ["train --train-size 70000", "--train-size is out of range, got 70000, expected at most 60000"],
    [
      "train --epochs 1 --iterations 1",
      "--epochs and --iterations both set the length, got both, expected one of them",
    ],
  ])("tatami %s exits with 2", async (args, message) => {
    expect(await tatami(...args.split(" "))).toEqual({ exitCode: 2, stdout: "", stderr: `tatami: ${message}\n` });
  });
});

describe("data at fault", () => {
  let directory = "";
  const good = { images: idx([10, 28, 28], 0), labels: idx([10], 3) };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "tatami-"));
  });

  afterAll(() => rm(directory, { recursive: true }));

  it.each([
    [
      "truncated",
      { ...good, images: good.images.subarray(0, 5000) },
      /^tatami: .*train-images-idx3-ubyte.* 5000 .*\n$/,
    ],
    [
      "of another kind",
      { ...good, images: Buffer.from("PNG, not IDX at all") },
      /^tatami: .*train-images-idx3-ubyte.*\n$/,
    ],
    [
      "labelled out of range",
      { ...good, labels: idx([10], 77) },
      /^tatami: .* got 77 at index 0, expected integers from 0 to 9\n$/,
    ],
    ["different in number", { ...good, labels: idx([9], 3) }, /^tatami: .* got 10 of 10 in .* and 9 of 9 in .*\n$/],
  ])("files that are %s exit with 1 and one line", async (name, files, message) => {
    const folder = await mkdtemp(join(directory, `${name.split(" ")[0]}-`));
    for (const [content, bytes] of Object.entries(files)) {
      await writeFile(join(folder, `train-${content}-idx${content === "images" ? 3 : 1}-ubyte`), bytes);
    }
    const { exitCode, stdout, stderr } = await tatami("train", "--data", folder, "--train-size", "10");
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("a folder that holds nothing exits with 2 and says what it may hold", async () => {
    const folder = await mkdtemp(join(directory, "empty-"));
    const { exitCode, stderr } = await tatami("train", "--data", folder);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^tatami: no data in \S+, got none, expected a folder of images .* for each class, .*\n$/);
  });

  it("--debug adds where the error came from", async () => {
    const { exitCode, stderr } = await tatami("train", "--data", join(directory, "nowhere"), "--debug");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/\n {4}at /);
  });
});

it("a Node that is too old is told so", async () => {
  const before = "Object.defineProperty(process, 'versions', { value: { node: '18.19.0' } })";
  expect(await commandProcess(["train"], { before })).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: "tatami: this Node is too old, got 18.19.0, expected 20 or newer\n",
  });
});

/** An IDX file of uint8, filled with one value. */
function idx(shape: readonly number[], value: number): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [axis, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * axis);
  return Buffer.concat([
    header,
    Buffer.alloc(
      shape.reduce((size, length) => size * length, 1),
      value,
    ),
  ]);
}
