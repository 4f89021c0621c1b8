// Bytes that JavaScript allocates in one training step of `fit`, after warm-up: the growth of the heap over many steps in
// which nothing is collected. The engine is warmed on a small net, whose steps are the same JavaScript. Run with
// --expose-gc and a young generation large enough. Arguments: the small problem's file, the problem's file, steps
// in each of five windows, of which the middle one is reported.
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { readProblem } from "../problem.mjs";
import { quantile } from "../statistics.mjs";
import { arrayDataset, fit, modelOf } from "../tatami.mjs";

const [smallFile, file, steps] = process.argv.slice(2);
const counted = Number(steps);
/** Steps before the count begins. */
const ownWarmUp = 20;
const windows = 5;

function train(problem, iterations, onStep) {
  const { images, labels, batchSize } = problem;
  const data = arrayDataset({ images, labels, imageShape: [1, 28, 28], classes: 10 });
  const options = { batchSize, replacement: true, iterations, evaluateEvery: iterations, backend: "wasm" };
  return fit({ ...modelOf(problem), data, ...options, callbacks: { onStep } });
}

let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});
const heap = new Float64Array(windows + 1);
function measure(iteration) {
  if (iteration < ownWarmUp || (iteration - ownWarmUp) % counted !== 0) return;
  if (iteration === ownWarmUp) {
    globalThis.gc();
    observer.observe({ entryTypes: ["gc"] });
  }
  heap[(iteration - ownWarmUp) / counted] = process.memoryUsage().heapUsed;
}

await train(readProblem(smallFile), 5000, () => {});
await train(readProblem(file), ownWarmUp + windows * counted, measure);
// a turn of the event loop delivers the collections seen
await setImmediate();
observer.disconnect();
const perStep = Array.from({ length: windows }, (_, index) => (heap[index + 1] - heap[index]) / counted);
process.stdout.write(JSON.stringify({ bytesPerStep: quantile(perStep, 0.5), perStep, steps: counted, collections }));
