// Runs with checkpoints as a person has them, in processes of their own; the command has to be built before.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readImage } from "tatamijs-formats";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commandFile, commandProcess, type Ended } from "../command/command-process.ts";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 60_000 });

const small = "--train-size 60 --test-size 40 --batch-size 8 --backend wasm --quiet".split(" ");
let folder = "";

const tatami = (...args: readonly string[]): Promise<Ended> => commandProcess(args);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-runs-"));
  const train = (name: string, ...more: readonly string[]): Promise<Ended> =>
    tatami(
      "train",
      "mlp",
      ...small,
      "--iterations",
      "12",
      "--evaluate-every",
      "4",
      "--out",
      join(folder, name),
      ...more,
    );
  const ended = await Promise.all([
    train("plain", "--checkpoint-every", "6"),
    train(
      "every option",
      ..."--scheduler cosine --warmup 2 --clip-norm 1 --clip-value .5 --accumulate 2 --ema .9".split(" "),
    ),
  ]);
  expect(ended.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual([
    { exitCode: 0, stderr: "" },
    { exitCode: 0, stderr: "" },
  ]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("tatami train --out", () => {
  it("writes checkpoints and logs", async () => {
    const names = await readdir(join(folder, "plain"));
    expect(names.filter((name) => !name.startsWith("events.out.tfevents.")).sort()).toEqual(
      "history.csv history.jsonl step-00000000 step-00000006 step-00000012".split(" "),
    );
    const lines = (await readFile(join(folder, "plain", "history.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).iteration)).toEqual([4, 8, 12]);
    const csv = await readFile(join(folder, "plain", "history.csv"), "utf8");
    expect(csv).toMatch(/^iteration,loss,learningRate,trainLoss,trainAccuracy,testLoss,testAccuracy\n4,[\d.]+,0\.1,/);
  });

  it("refuses a folder that has a run, and --resume refuses what was not asked for then", async () => {
    const plain = join(folder, "plain");
    expect(await tatami("train", "--out", plain)).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `tatami: --out ${plain} has a run already, got checkpoints up to step 12, expected another folder, or tatami train --resume ${plain}\n`,
    });
    expect(await tatami("train", "deep-conv", "--resume", plain, "--lr", ".2")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `tatami: the run in ${plain} was asked for differently, got net deep-conv where it has mlp, --lr 0.2 where it has 0.1, expected the same\n`,
    });
  });
});

it("tatami train --resume goes on, for longer, and from an earlier step where the newest is damaged", async () => {
  const directory = join(folder, "longer");
  const args = ["train", "mlp", ...small, "--evaluate-every", "4", "--checkpoint-every", "4"];
  await tatami(...args, "--iterations", "8", "--out", directory);
  const longer = await tatami("train", "--resume", directory, "--iterations", "12", "--quiet");
  expect(longer).toMatchObject({ exitCode: 0, stderr: "" });
  expect(longer.stdout).toMatch(/^mlp: .* 12 iterations, /);
  const last = join(directory, "step-00000012");
  const weights = await readFile(join(last, "model.safetensors"));
  await truncate(join(last, "model.safetensors"), 1000);
  const refused = await tatami("train", "--resume", directory);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(
    new RegExp(
      `is truncated, .* the one of step 8 is good, to go on from it: tatami train --resume ${directory} --from-step 8\n$`,
    ),
  );
  const again = await tatami("train", "--resume", directory, "--from-step", "8", "--iterations", "12", "--quiet");
  expect(again).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await readFile(join(last, "model.safetensors"))).toEqual(weights);
  const lines = (await readFile(join(directory, "history.jsonl"), "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).iteration)).toEqual([4, 8, 12]);
  await rm(directory, { recursive: true });
});

it("tatami train --resume leaves a run alone that goes on, and goes on after Ctrl-C", async () => {
  const directory = join(folder, "live");
  const args = ["train", "mlp", ...small, "--iterations", "100000000", "--checkpoint-every", "50", "--out", directory];
  const live = spawn(process.execPath, [commandFile, ...args], { stdio: "ignore" });
  const exit = new Promise((resolve) => live.on("exit", resolve));
  const hasBegun = (): Promise<boolean> =>
    readdir(directory).then(
      (names) => names.includes("history.csv"),
      () => false,
    );
  await vi.waitUntil(hasBegun, { timeout: 20_000, interval: 100 });
  const { exitCode, stderr } = await tatami("train", "--resume", directory);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`belongs to a run that goes on, got process ${live.pid} on .*, expected none; wait for it, stop it`),
  );
  live.kill("SIGINT");
  expect(await exit).toBe(130);
  const { stdout } = await tatami("runs", directory, "--json");
  const [{ step, running }] = JSON.parse(stdout);
  expect(running).toBe(false);
  const longer = await tatami("train", "--resume", directory, "--iterations", String(step + 3), "--quiet");
  expect(longer).toMatchObject({ exitCode: 0, stderr: "" });
  await rm(directory, { recursive: true });
});

describe("tatami runs", () => {
  it("shows runs side by side, with what differs alone", async () => {
    const { exitCode, stdout } = await tatami("runs", folder);
    expect(exitCode).toBe(0);
    const [head] = stdout.split("\n").filter((line) => line.includes("test accuracy"));
    expect(head.trim().split(/ {2,}/)).toEqual(
      "run,scheduler,warmup,clipNorm,clipValue,accumulate,ema,checkpointEvery,steps,test accuracy,best,at,test loss".split(
        ",",
      ),
    );
    expect(stdout).toMatch(/\n {2}every option +cosine +2 +1 +0\.5 +2 +0\.9 +100 +12 /);
    const { stdout: json } = await tatami("runs", join(folder, "plain"), "--json");
    expect(JSON.parse(json)).toMatchObject([{ name: "plain", net: "mlp", step: 12, running: false, damage: null }]);
  });

  it("plot draws curves in the terminal and as SVG", async () => {
    const { stdout } = await tatami("runs", "plot", folder, "--metric", "test-loss");
    expect(stdout).toMatch(/ plain \d?\.\d+/);
    const file = join(folder, "curves.svg");
    expect(await tatami("runs", "plot", folder, "--svg", file)).toEqual({
      exitCode: 0,
      stdout: `${file}\n`,
      stderr: "",
    });
    expect(await readFile(file, "utf8")).toMatch(/^<svg [\s\S]*every option[\s\S]*<\/svg>\n$/);
  });

  it("plot draws them as PNG, over a logarithmic axis where asked to", async () => {
    const file = join(folder, "curves.png");
    const asked = ["--metric", "learning-rate", "--scale", "log", "--png", file];
    expect(await tatami("runs", "plot", folder, ...asked)).toEqual({ exitCode: 0, stdout: `${file}\n`, stderr: "" });
    const { width, height } = await readImage(file);
    expect(width).toBe(1600);
    expect(height).toBeGreaterThan(700);
  });

  it("plot says which runs have too few values to draw", async () => {
    const short = await mkdtemp(join(folder, "short-"));
    const train = (name: string, iterations: string): Promise<Ended> =>
      tatami("train", "mlp", ...small, "--iterations", iterations, "--evaluate-every", "4", "--out", join(short, name));
    await Promise.all([train("long", "8"), train("brief", "4")]);
    const { exitCode, stdout, stderr } = await tatami("runs", "plot", short);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/ long \d?\.\d+/);
    expect(stderr).toBe("not drawn, for want of two values of test-accuracy: brief\n");
    await rm(short, { recursive: true });
  });

  it("plot says what it cannot write", async () => {
    const { exitCode, stdout, stderr } = await tatami("runs", "plot", folder, "--png", folder);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^tatami: --png \S+ cannot be written, got "EISDIR[^"]+", expected a file\n$/);
  });
});

it("tatami train --profile and tatami lr-find measure instead of training", async () => {
  const profile = await tatami("train", "mlp", ...small.slice(0, -1), "--profile");
  expect(profile.stdout).toMatch(/\n {2}matmul \+ add \+ relu \[8, 40\] /);
  expect(Math.max(...profile.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  const found = await tatami("lr-find", "mlp", "--train-size", "60", "--batch-size", "8", "--steps", "20", "--json");
  const { rates, losses } = JSON.parse(found.stdout);
  expect(losses).toHaveLength(rates.length);
});

describe("a command line that is at fault", () => {
  it.concurrent.each([
    ["train --out a --resume b", "--out begins a run and --resume goes on with one, got both, expected one of them"],
    ["train --dry-run --out a", "--dry-run writes nothing, got it with --out, expected one of them"],
    ["train --from-step 3", "--from-step is for --resume, got it alone, expected both"],
    ["train --keep 3", "--keep is for a run with checkpoints, got it alone, expected --out or --resume beside it"],
    ["train --ema 1", "--ema is out of range, got 1, expected a number from 0 to below 1"],
    [
      "runs plot --metric acc",
      'unknown metric "acc", did you mean test-accuracy? (expected one of test-accuracy, train-accuracy, test-loss, train-loss, learning-rate)',
    ],
    ["runs plot --mertic x", "unknown option '--mertic', did you mean --metric?"],
  ])("tatami %s exits with 2", async (args, message) => {
    expect(await tatami(...args.split(" "))).toEqual({ exitCode: 2, stdout: "", stderr: `tatami: ${message}\n` });
  });

  it("tatami train --resume of nothing exits with 1", async () => {
    const { exitCode, stderr } = await tatami("train", "--resume", join(folder, "nowhere"));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^tatami: checkpoint: \S+nowhere cannot be read, got nothing there, expected a folder of checkpoints\n$/,
    );
  });
});
