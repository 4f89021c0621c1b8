// `tatami course` and `tatami quiz` as a person runs them, in processes of their own; they have to be built before.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 30_000 });

const command = fileURLToPath(new URL("../../bin/tatami.js", import.meta.url));
const small = ["trainSize=60", "testSize=40", "batchSize=8", "iterations=6", "evaluateEvery=3"].flatMap((set) => [
  "--set",
  set,
]);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-course-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function tatami(args: readonly string[], input = ""): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, XDG_STATE_HOME: folder };
    const child = execFile(process.execPath, [command, ...args], { env }, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

describe("tatami course", () => {
  it.concurrent("list names the exercises, with --json as data", async () => {
    const [text, json] = await Promise.all([tatami(["course", "list"]), tatami(["course", "list", "--json"])]);
    expect(text.stdout).toMatch(/^ {2}2_8 +Deep convolutional network/m);
    expect(JSON.parse(json.stdout).map(({ id }: { id: string }) => id)).toContain("2_2_2");
  });

  it.concurrent("show ID lists settings with range and default, and what was published", async () => {
    const { exitCode, stdout } = await tatami(["course", "show", "2_5"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("published  test accuracy      .753 .729 .771 .787");
    expect(stdout).toMatch(/^ {2}dropout +0$/m);
    expect(stdout).toMatch(/a number\s+from 0 to below\s+1/);
  });

  it.concurrent("run ID --json --out writes the same JSON as it prints, plots as SVG and their data as CSV", async () => {
    const out = join(folder, "out");
    const args = ["course", "run", "2_1", ...small, "--seeds", "1..2", "--backend", "wasm", "--json", "--out", out];
    const { exitCode, stdout, stderr } = await tatami(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ exercise: "2_1", variant: "published", asPublished: false, backend: "wasm" });
    expect(result.runs.map(({ seed }: { seed: number }) => seed)).toEqual([1, 2]);
    expect(result.settings).toMatchObject({ trainSize: "60", lr: "0.1" });
    expect((await readdir(out)).sort()).toEqual([
      "2_1-published-accuracy.csv",
      "2_1-published-accuracy.svg",
      "2_1-published-loss.csv",
      "2_1-published-loss.svg",
      "2_1-published.json",
    ]);
    expect(await readFile(join(out, "2_1-published.json"), "utf8")).toBe(stdout);
  });

  it.concurrent("run ID prints plots and the command that gives the same again", async () => {
    const { exitCode, stdout, stderr } = await tatami([
      "course",
      "run",
      "2_1",
      ...small,
      "--backend",
      "wasm",
      "--variant",
      "published",
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("published, with other settings");
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("tatami course run 2_1 --variant published --set iterations=6");
    expect(stdout).not.toContain("\x1b");
  });

  it.concurrent.each([
    [["run", "2_9"], "course: unknown exercise, got 2_9, did you mean 2_"],
    [["run", "2_1", "--set", "lrr=1"], "course: 2_1 has no such setting, got lrr, did you mean lr?"],
    [["run", "2_1", "--set", "lr=-1"], "course: lr of 2_1 is out of range, got -1, expected a number above 0"],
    [["run", "2_6", "--set", "filterSize=6", "--set", "padding=99"], "padding of 2_6 is out of range, got 99"],
    [
      ["run", "2_7", "--set", "secondFilterSize=20"],
      "secondFilterSize of 2_7 is out of range, got 20, expected a filter of at most 14",
    ],
    [
      ["run", "2_5", "--set", "dropout=1"],
      "dropout of 2_5 is out of range, got 1, expected a number from 0 to below 1",
    ],
    [["run", "2_5", "--variant", "droput"], "did you mean dropout?"],
    [["run", "2_1", "--seeds", "5..1"], "--seeds is out of range, got 5..1"],
    [["run", "2_1", "--png"], "--png has no place to write to, got no --out, expected one"],
    [["run", "2_1", "--sedes", "1"], "unknown option '--sedes', did you mean --seeds?"],
    [["shwo"], "unknown command 'shwo', did you mean show?"],
  ])("%j is refused before anything runs", async (args, message) => {
    const { exitCode, stdout, stderr } = await tatami(["course", ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it.concurrent("run ID stops on SIGINT and shows what it has", async () => {
    const args = [
      "course",
      "run",
      "2_1",
      "--set",
      "trainSize=100",
      "--set",
      "testSize=100",
      "--set",
      "iterations=1000000",
    ];
    const child = spawn(process.execPath, [command, ...args]);
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    setTimeout(() => child.kill("SIGINT"), 4000);
    expect(await new Promise((resolve) => child.on("exit", resolve))).toBe(130);
    expect(stdout).toContain("stopped before it was done");
  });
});

describe("tatami quiz", () => {
  it.concurrent("--check finds every stated answer computed", async () => {
    const { exitCode, stdout } = await tatami(["quiz", "--check", "--topic", "overfitting"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^(\d+) of \1 stated answers/);
  });

  it.concurrent("asks, explains and keeps score until the input ends", async () => {
    const { exitCode, stdout } = await tatami(["quiz", "--topic", "convolution", "--count", "2"], "what\n-1\n");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("question 1/2");
    expect(stdout).toContain("got what, expected");
    expect(stdout).toMatch(/0 of [01]/);
  });

  it.concurrent.each([
    [["--lang", "jp"], 'unknown language "jp", did you mean ja?'],
    [["--topic", "convolutions"], 'unknown topic "convolutions", did you mean convolution?'],
  ])("%j is refused", async (args, message) => {
    const { exitCode, stderr } = await tatami(["quiz", ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
