// Training steps of many nets one after the other in one process: time, arithmetic and share of peak of each. Arguments:
// backend, threads, milliseconds of a block, problems' files. Prints JSON.
import { readProblem } from "../problem.mjs";
import { summarize } from "../statistics.mjs";
import { backend as loadBackend, registerNative, setBackend, trainerOf } from "../tatami.mjs";

const [name, threads, block, ...files] = process.argv.slice(2);
if (name === "native") await registerNative();
setBackend(name, { threads: Number(threads) });
const backend = await loadBackend(name);

async function milliseconds(trainer, count) {
  const start = performance.now();
  await trainer.steps(count);
  return (performance.now() - start) / count;
}

/** milliseconds */
const longStep = 300;
const results = [];
let peak = backend.peak();
for (const file of files) {
  const problem = readProblem(file);
  const trainer = await trainerOf(problem, name);
  await trainer.steps(1);
  const first = await milliseconds(trainer, 1);
  const count = Math.max(1, Math.round(Number(block) / first));
  const times = [];
  // a long step is its own average
  for (let run = 0; run < (first > longStep ? 2 : 5); run++) times.push(await milliseconds(trainer, count));
  const ms = summarize(times);
  const { multiplyAdds, compileMs } = trainer;
  results.push({ name: problem.name, ms, multiplyAdds, compileMs, gflops: (2 * multiplyAdds) / ms.median / 1e6 });
  trainer.dispose();
  peak = Math.max(peak, backend.peak());
}
const all = peak * backend.threads;
for (const result of results) result.share = (result.gflops * 1e9) / all;
process.stdout.write(JSON.stringify({ backend: name, threads: backend.threads, peakGflops: peak / 1e9, results }));
