// `tatami doctor` and `tatami bench` as a person or a script runs them, in processes of their own.
import { spawn } from "node:child_process";
import { nativeStatus } from "tatamijs-native";
import { describe, expect, it, vi } from "vitest";
import { commandFile, commandProcess, type Ended } from "../command/command-process.ts";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 30_000 });

const { available } = nativeStatus();

const tatami = (args: string, before = ""): Promise<Ended> => commandProcess(args.split(" "), { before });

/** What an engine without SIMD says, and a system that loads no addon. */
const nothingCompiled = `
  WebAssembly.validate = () => false;
  process.dlopen = () => { throw new Error("wrong system"); };`;

describe("tatami doctor", () => {
  it.concurrent("--json prints one object: machine, backends, data sets, packages", async () => {
    const { exitCode, stdout, stderr } = await tatami("doctor --json");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const found = JSON.parse(stdout);
    expect(stdout).toBe(`${JSON.stringify(found)}\n`);
    expect(Object.keys(found)).toEqual("machine backends auto native compiler data packages".split(" "));
    expect(found.machine).toMatchObject({ node: process.version, platform: `${process.platform} ${process.arch}` });
    expect(found.backends).toMatchObject([
      { name: "native", works: available },
      { name: "wasm", works: true, threads: expect.any(Number), peakGflops: expect.any(Number) },
      { name: "reference", works: true, peakGflops: null },
    ]);
    expect(found.auto.name).toBe(available ? "native" : "wasm");
    expect(found.data[0]).toMatchObject({ name: "mnist", found: true, advice: null });
  });

  it.concurrent("prints a page without colours where no terminal is", async () => {
    const { exitCode, stdout, stderr } = await tatami("doctor");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^\nmachine\n {4}Node +v\d/);
    expect(stdout).toMatch(/\n {2}✓ wasm +C kernels in WebAssembly SIMD, \d+ threads?, [\d.]+ GFLOP\/s/);
    expect(stdout).not.toContain("\x1b");
  });

  it.concurrent("says why a backend does not run and what to do, and exits with 0 as long as one does", async () => {
    const { exitCode, stdout } = await tatami("doctor --json", nothingCompiled);
    expect(exitCode).toBe(0);
    const { backends, auto } = JSON.parse(stdout);
    expect(backends).toMatchObject([
      { works: false, reason: expect.stringMatching(/^native: .*got /), advice: expect.stringContaining("gcc") },
      { works: false, reason: expect.stringContaining("no WebAssembly SIMD"), advice: expect.stringContaining("Node") },
      { works: true },
    ]);
    expect(auto.name).toBe("reference");
  });
});

describe("tatami bench", () => {
  it.concurrent("--json prints a result for each net and backend, and the machine", async () => {
    const { exitCode, stdout, stderr } = await tatami(
      "bench --nets simple-conv,mlp --backend wasm,reference --threads 1 --batch-size 2 --steps 4 --json",
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const { results, machine, ...others } = JSON.parse(stdout);
    expect(others).toEqual({});
    expect(machine.node).toBe(process.version);
    const asked = results.map(({ net, backend }: { net: string; backend: string }) => `${net} ${backend}`);
    expect(asked).toEqual(["simple-conv wasm", "simple-conv reference", "mlp wasm", "mlp reference"]);
    for (const result of results) {
      expect(Object.keys(result)).toEqual(["net", "backend", "threads", "stepMs", "gflops", "shareOfPeak"]);
      const { threads, stepMs, gflops, shareOfPeak, backend } = result;
      expect(threads).toBe(1);
      expect(stepMs.min).toBeLessThanOrEqual(stepMs.median);
      expect(stepMs.median).toBeLessThanOrEqual(stepMs.p95);
      expect(gflops).toBeGreaterThan(0);
      if (backend === "reference") expect(shareOfPeak).toBeNull();
      else expect(shareOfPeak).toBeLessThan(1);
    }
    // a step of the mlp is 2 FLOP for each multiply-add, forward and to all gradients but the images'
    const multiplyAdds = 2 * (2 * 784 * 40 + 3 * 40 * 20 + 3 * 20 * 10);
    const { gflops, stepMs } = results[2];
    expect(gflops).toBeCloseTo((2 * multiplyAdds) / stepMs.median / 1e6, 6);
  });

  it.concurrent("stops on SIGINT and prints what it has", async () => {
    const saysWhenItListens = `process.on("newListener", (name) => name === "SIGINT" && console.error("listening"))`;
    const preload = ["--import", `data:text/javascript,${encodeURIComponent(saysWhenItListens)}`];
    const args = "bench --nets mlp --seconds 1000 --json".split(" ");
    const child = spawn(process.execPath, [...preload, commandFile, ...args]);
    const exit = new Promise((resolve) => child.on("exit", resolve));
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.once("data", () => setTimeout(() => child.kill("SIGINT"), 300));
    expect(await exit).toBe(130);
    expect(JSON.parse(stdout).results).toEqual([]);
  });

  it.concurrent("prints a table", async () => {
    const { exitCode, stdout } = await tatami("bench --nets mlp --batch-size 2 --seconds .05");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`\n {2}mlp  ${available ? "native" : "wasm"} `));
  });

  it.concurrent.each([
    [
      "--nets mlp,deepconv",
      'unknown net "deepconv", did you mean deep-conv? (expected one of mlp, simple-conv, double-conv, deep-conv)',
    ],
    ["--nets ,", "--nets is out of range, got ,, expected names with commas between, such as mlp,deep-conv"],
    [
      "--backend nativ",
      'unknown backend "nativ", did you mean native? (expected one of auto, native, wasm, reference)',
    ],
    ["--threads 0", "--threads is out of range, got 0, expected an integer of at least 1"],
    ["--batch-size 0", "--batch-size is out of range, got 0, expected an integer of at least 1"],
    ["--seconds 0", "--seconds is out of range, got 0, expected a number above 0"],
    ["--steps 3 --seconds 1", "--steps and --seconds both set the length, got both, expected one of them"],
    ["--step 3", "unknown option '--step', did you mean --steps?"],
  ])("%s exits with 2", async (args, message) => {
    expect(await tatami(`bench ${args}`)).toEqual({ exitCode: 2, stdout: "", stderr: `tatami: ${message}\n` });
  });
});
