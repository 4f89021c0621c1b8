import pc from "picocolors";
import { expect, it } from "vitest";
import { benchReport } from "./bench-report.ts";
import { benchRequest } from "./bench-request.ts";

const quiet = { cpu: "A Processor", cores: 2, load: 1.5 };
const look = { colors: pc.createColors(false) };

it("benchReport(results) is a table in 80 columns", () => {
  const result = { threads: 2, stepMs: { min: 61.234, median: 62.1, p95: 70 } };
  const text = benchReport(
    [
      { ...result, net: "deep-conv", backend: "native", gflops: 84.6, shareOfPeak: 0.654 },
      { ...result, net: "deep-conv", backend: "reference", gflops: 1.2, shareOfPeak: null },
    ],
    { batchSize: 100, machine: quiet },
    look,
  );
  expect(text).toBe(`
training steps of 100 images with Adam  A Processor

  net        backend    threads    ms  least  95 %  images/s  GFLOP/s  peak
  deep-conv  native           2  62.1   61.2  70.0     1,610     84.6  65 %
  deep-conv  reference        2  62.1   61.2  70.0     1,610     1.20     –

  deep-conv  conv 16-16 – pool – 32-32 – pool – 64-64 – pool – 50 – 10, dropout

  ms: of the median step, the fastest, and what 95 % do not exceed
  peak: the share of what the threads multiply and add in registers

`);
});

it("benchReport(results) on a busy machine says so", () => {
  const busy = { ...quiet, load: 9.73 };
  expect(benchReport([], { batchSize: 100, machine: busy }, look)).toContain(
    "\n  the machine was busy, load 9.7 on 2 cores: look at the least\n",
  );
});

it("benchRequest(options) measures each net and backend once", () => {
  expect(benchRequest({ nets: ["mlp", "mlp"], backend: ["wasm", "auto", "wasm"], batchSize: 100 })).toEqual({
    nets: ["mlp"],
    backends: ["wasm", "auto"],
    threads: undefined,
    precision: "fast",
    batchSize: 100,
    length: { seconds: 3 },
  });
  expect(benchRequest({ batchSize: 1, steps: 5 })).toMatchObject({ backends: ["auto"], length: { steps: 5 } });
});

it("benchRequest(options) refuses names it does not know and two lengths", () => {
  expect(() => benchRequest({ nets: ["mpl"], batchSize: 1 })).toThrow('unknown net "mpl", did you mean mlp?');
  expect(() => benchRequest({ backend: ["wsam"], batchSize: 1 })).toThrow('unknown backend "wsam", did you mean wasm?');
  expect(() => benchRequest({ steps: 1, seconds: 1, batchSize: 1 })).toThrow("expected one of them");
});
