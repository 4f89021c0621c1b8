// What is measured besides contests, each in processes of its own: kernels, random and scaled nets, memory, starting, the
// course's program, and the library itself. Each gives JSON, or {failed: why}.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Child, errorIn } from "./child.mjs";
import { entrantOf } from "./plan.mjs";
import { nets, writeProblem } from "./problem.mjs";
import { newestWith, pythons } from "./pythons.mjs";
import { randomNet } from "./random-nets.mjs";
import { scaledNets } from "./scaled-nets.mjs";
import { summarize } from "./statistics.mjs";

const run = promisify(execFile);
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const backends = ["native", "wasm"];
const patience = 180;

const reasonOf = (error) => errorIn(String(error.stderr || error.message));

/** A script of measurements/ in a process of its own; it prints JSON. */
async function measure(script, args = [], { flags = [], env = {} } = {}) {
  try {
    const command = [...flags, path(`measurements/${script}.mjs`), ...args.map(String)];
    const options = { timeout: 300_000, maxBuffer: 1 << 26, env: { ...process.env, ...env } };
    const { stdout } = await run(process.execPath, command, options);
    return JSON.parse(stdout);
  } catch (error) {
    return { failed: reasonOf(error) };
  }
}

async function byBackend(measureOne) {
  const results = {};
  for (const backend of backends) results[backend] = await measureOne(backend);
  return results;
}

export function measureKernels({ quick }) {
  return byBackend((backend) => measure("kernels", [backend, quick ? "quick" : "whole"]));
}

/** Twenty nets by seed. */
export function measureRandom({ quick, folder }) {
  const list = Array.from({ length: quick ? 4 : 20 }, (_, index) => randomNet(index + 1));
  const files = list.map((net) => writeProblem(folder, net));
  return byBackend(async (backend) => {
    const result = await measure("steps", [backend, 1, quick ? 20 : 60, ...files]);
    if (result.failed === undefined) {
      for (const [index, { layers, input }] of list.entries()) Object.assign(result.results[index], { layers, input });
    }
    return result;
  });
}

export function measureScaling({ quick, folder }) {
  const list = scaledNets(quick);
  const files = list.map(({ net }) => writeProblem(folder, net));
  return byBackend(async (backend) => {
    const result = await measure("steps", [backend, 1, quick ? 20 : 60, ...files]);
    if (result.failed === undefined) {
      for (const [index, { axis, at }] of list.entries()) Object.assign(result.results[index], { axis, at });
    }
    return result;
  });
}

/** The most memory of a process that trains the deep net for a few steps. */
async function memoryOf(title, start, problem) {
  const child = new Child(start, 1);
  try {
    const { about } = await child.ask({ type: "load", problem }, patience);
    await child.ask({ type: "block", count: 10, warm: true }, patience);
    const { bytes } = await child.ask({ type: "memory" }, patience);
    return { title, library: about.library, bytes };
  } catch (error) {
    return { title, failed: error.message };
  } finally {
    child.stop();
  }
}

/** Of eager PyTorch every version that was found, because builds differ most in this. */
export async function measureMemory({ folder }) {
  const problem = writeProblem(folder, "deep-conv");
  const results = {};
  for (const name of ["native", "wasm", "pytorch", "pytorch-compiled", "jax"]) {
    const { title, start, missing } = entrantOf(name, 1);
    results[name] = missing === undefined ? await memoryOf(title, start, problem) : { title, failed: missing };
  }
  const newest = newestWith("torch");
  for (const { path: python, torch, numpy } of pythons()) {
    if (torch === undefined || numpy === undefined || python === newest.path) continue;
    const start = { command: [python, path("peers/pytorch.py"), "eager", "1"] };
    results[`pytorch-${torch}`] = await memoryOf(`PyTorch ${torch} eager`, start, problem);
  }
  return results;
}

async function seconds(command, args) {
  const start = performance.now();
  await run(command, args, { timeout: 120_000, maxBuffer: 1 << 26 });
  return (performance.now() - start) / 1000;
}

/** From the start of a process to its end, one step of the MLP between, by turns. */
export async function measureStart({ quick }) {
  const python = newestWith("torch");
  const commands = {
    native: [process.execPath, [path("measurements/first-step.mjs"), "native"]],
    wasm: [process.execPath, [path("measurements/first-step.mjs"), "wasm"]],
    node: [process.execPath, ["-e", "0"]],
    ...(python && { pytorch: [python.path, [path("peers/first_step.py")]] }),
  };
  const times = {};
  const results = {};
  for (let round = 0; round < (quick ? 2 : 7); round++) {
    for (const [name, [command, args]] of Object.entries(commands)) {
      if (results[name]?.failed !== undefined) continue;
      try {
        times[name] = [...(times[name] ?? []), await seconds(command, args)];
      } catch (error) {
        results[name] = { failed: reasonOf(error) };
      }
    }
  }
  for (const [name, list] of Object.entries(times)) results[name] ??= summarize(list);
  return results;
}

/** The course's second net as the command trains it: 1,000 iterations, evaluated every 10 on 6,000 images. */
export async function measureCourse({ quick }) {
  const command = [path("../packages/cli/bin/tatami.js"), "train", "simple-conv", "--json"];
  if (quick) command.push("--iterations", "50");
  try {
    const start = performance.now();
    const { stdout } = await run(process.execPath, command, { timeout: 300_000, maxBuffer: 1 << 26 });
    const { backend, threads } = JSON.parse(stdout);
    return { seconds: (performance.now() - start) / 1000, backend, threads, iterations: quick ? 50 : 1000 };
  } catch (error) {
    return { failed: reasonOf(error) };
  }
}

/** Nothing is collected within the steps that are counted: the young generation holds all they allocate. */
const countingFlags = ["--expose-gc", "--no-memory-reducer", "--min-semi-space-size=64", "--max-semi-space-size=64"];
const commandNets = ["mlp", "simple-conv", "double-conv", "deep-conv"];

export async function measureLibrary({ quick, folder }) {
  const files = Object.fromEntries(Object.keys(nets).map((net) => [net, () => writeProblem(folder, net)]));
  const result = {
    matmul: await measure("matmul", [quick ? 1 : 6]),
    size: await measure("size"),
    compile: {},
    allocation: {},
  };
  // the largest has the layers of alexnet32, and a quarter of a gigabyte of parameters
  const compiled = quick ? commandNets : Object.keys(nets).filter((net) => net !== "alexnet224");
  for (const net of compiled) result.compile[net] = await measure("compile", [files[net]()]);
  for (const net of quick ? ["mlp"] : commandNets) {
    result.allocation[net] = await measure("allocation", [files.mlp(), files[net](), quick ? 10 : 40], {
      flags: countingFlags,
    });
  }
  return result;
}
