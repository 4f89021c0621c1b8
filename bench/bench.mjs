// Runs the benchmark: Tatami and its peers by turns on the same nets, then what Tatami measures of itself; prints the table
// and writes it with the raw numbers to results/. See README.md.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopChildren } from "./child.mjs";
import { contest, LastingChildren } from "./compare.mjs";
import { describeMachine, measureNoise } from "./machine.mjs";
import { contestsOf, entrantOf, readPlan } from "./plan.mjs";
import { nets, writeProblem } from "./problem.mjs";
import { pythons } from "./pythons.mjs";
import { writeResults } from "./report.mjs";
import {
  measureCourse,
  measureKernels,
  measureLibrary,
  measureMemory,
  measureRandom,
  measureScaling,
  measureStart,
} from "./sections.mjs";

function say(line) {
  process.stderr.write(`${line}\n`);
}

const shortly = (ms) => (ms < 10 ? ms.toFixed(3) : ms.toFixed(1));

function sayContest({ net, mode, batchSize, threads }, entrants, seconds) {
  const what = mode === "train" ? "training" : `inference, batch ${batchSize}`;
  say(`${net}, ${what}, ${threads} thread${threads === 1 ? "" : "s"} (${seconds.toFixed(0)} s)`);
  for (const { title, ms, failed } of entrants) {
    say(`  ${title.padEnd(24)} ${failed === undefined ? `${shortly(ms.median)} ms` : `failed: ${failed}`}`);
  }
}

async function runContest({ net, mode, batchSize, threads, names }, plan, folder, lasting, missing) {
  const began = performance.now();
  const present = [];
  for (const entrant of names.map((name) => entrantOf(name, threads))) {
    if (entrant.missing === undefined) present.push(entrant);
    else if (!missing.has(entrant.title)) {
      missing.set(entrant.title, entrant.missing);
      say(`${entrant.title} is missing: ${entrant.missing}`);
    }
  }
  const timed = writeProblem(folder, net, { mode, batchSize });
  const drops = mode === "train" && nets[net].layers.some(({ kind }) => kind === "dropout");
  const checked = drops ? writeProblem(folder, net, { mode, batchSize, dropout: false }) : timed;
  // steps of inference are short
  const seconds = plan.length.seconds / (mode === "infer" ? 2 : 1);
  const entrants = await contest(present, { checked, timed }, threads, { ...plan.length, seconds }, lasting);
  sayContest({ net, mode, batchSize, threads }, entrants, (performance.now() - began) / 1000);
  return { net, mode, batchSize: batchSize ?? nets[net].batchSize ?? 100, threads, entrants };
}

const measurements = {
  kernels: measureKernels,
  random: measureRandom,
  scaling: measureScaling,
  memory: measureMemory,
  start: measureStart,
  course: measureCourse,
  library: measureLibrary,
};

async function main() {
  const plan = readPlan();
  if (plan.usage !== undefined) {
    process.stdout.write(`${plan.usage}\n`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "tatami-bench-"));
  process.on("exit", () => {
    stopChildren();
    rmSync(folder, { recursive: true, force: true });
  });
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
  const began = performance.now();
  const results = { date: new Date().toISOString(), quick: plan.quick, machine: describeMachine() };
  results.pythons = pythons().map(({ path: _, ...versions }) => versions);
  results.noise = measureNoise();
  results.contests = [];
  const missing = new Map();
  const lasting = new LastingChildren();
  let previous;
  for (const request of contestsOf(plan)) {
    // processes for another number of threads are of no use any more
    if (previous !== undefined && previous !== request.threads) lasting.stop();
    previous = request.threads;
    results.contests.push(await runContest(request, plan, folder, lasting, missing));
  }
  lasting.stop();
  results.missing = [...missing].map(([title, reason]) => ({ title, reason }));
  for (const [section, measure] of Object.entries(measurements)) {
    if (!plan.sections.includes(section)) continue;
    say(`measuring ${section}`);
    results[section] = await measure({ quick: plan.quick, folder, say });
  }
  results.noiseAfter = measureNoise();
  results.minutes = (performance.now() - began) / 60_000;
  const { table, file } = writeResults(results, plan.whole);
  process.stdout.write(`${table}\n`);
  say(`written to ${file} after ${results.minutes.toFixed(1)} minutes`);
}

try {
  await main();
} catch (error) {
  say(`bench: ${error.message}`);
  process.exitCode = 1;
}
