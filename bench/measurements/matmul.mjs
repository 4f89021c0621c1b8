// The product of two 1024 × 1024 matrices on the wasm backend, by turns with the rate at which the same module multiplies
// and adds in registers alone. Argument: seconds.
import { readFile } from "node:fs/promises";
import { quantile, summarize } from "../statistics.mjs";
import { compile, matmul, setBackend } from "../tatami.mjs";

const seconds = Number(process.argv[2] ?? 6);
const size = 1024;
const flop = 2 * size ** 3;

const bytes = await readFile(new URL("../../packages/tatami/wasm/tatami.wasm", import.meta.url));
const { instance } = await WebAssembly.instantiate(bytes);
const { tatami_peak: peak } = instance.exports;
// kernels/peak.c: 12 vectors of 4 lanes, each multiplied and added to
const peakFlop = 2 * 12 * 4;
const peakIterations = 5e6;

// the rate is that of one
setBackend("wasm", { threads: 1 });
const values = Float32Array.from({ length: size * size }, (_, index) => ((index * 7919) % 1000) / 1000 - 0.5);
const type = { shape: [size, size], dtype: "float32" };
const product = await compile((a, b) => [matmul(a, b)], { backend: "wasm" }).prepare([type, type]);
product.setInput(0, values);
product.setInput(1, values);

function rate(work, operations) {
  const start = performance.now();
  work();
  return operations / (performance.now() - start) / 1e6;
}

const products = [];
const peaks = [];
const start = performance.now();
while (products.length < 3 || performance.now() - start < seconds * 1000) {
  products.push(rate(() => product.run(), flop));
  if (peak !== undefined) peaks.push(rate(() => peak(peakIterations), peakFlop * peakIterations));
}
// the first of each compiles and touches memory
products.shift();
peaks.shift();
const shares = peaks.map((value, index) => products[index] / value);
const best = (rates) => Math.max(...rates);
process.stdout.write(
  JSON.stringify({
    matmulGflops: { ...summarize(products), best: best(products) },
    peakGflops: peaks.length > 0 ? { ...summarize(peaks), best: best(peaks) } : null,
    share: shares.length > 0 ? { median: quantile(shares, 0.5), best: best(products) / best(peaks) } : null,
  }),
);
