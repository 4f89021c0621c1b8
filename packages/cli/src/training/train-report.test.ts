import pc from "picocolors";
import type { FitResult } from "tatamijs/train";
import { netNames, nets } from "tatamijs-course/nets";
import { expect, it } from "vitest";
import { introduction, report, shortReport } from "./train-report.ts";
import { trainRequest } from "./train-request.ts";

const look = { columns: 80, colors: pc.createColors(false) };
const choice = {
  name: "native",
  threads: 1,
  threadsWanted: 16,
  isa: "avx512",
  why: "the fastest that loads",
  notice: null,
};

function result(iterations: number, evaluated: readonly number[]): FitResult {
  return {
    backend: "wasm",
    threads: 1,
    iterations,
    aborted: iterations < 1000,
    stopped: iterations < 1000 ? "signal" : null,
    history: evaluated.map((iteration) => ({
      iteration,
      loss: 1 / iteration,
      learningRates: [0.001],
      training: { loss: 1 / iteration, accuracy: 1 - 2 / iteration },
      validation: { loss: 1 / iteration, accuracy: 1 - 4 / iteration },
    })),
    finalLoss: 1 / iterations,
    seconds: 12,
    stepMilliseconds: { min: 9.123, median: 9.841, p95: 11.5 },
  };
}

const mistake = { pixels: new Float32Array(784).fill(0.9, 300, 500), label: 4, predicted: 9, probability: 1 };

it.each(netNames)("introduction(%s) fits into 80 columns", (name) => {
  const model = nets[name].build([40, 20]);
  const text = introduction(trainRequest(name, { seed: 1 }), model, choice, look);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

it("introduction(net, model, choice) says which backend runs, on how many threads, and why", () => {
  const text = (changes: Partial<typeof choice>): string =>
    introduction(trainRequest("mlp", { seed: 1 }), nets.mlp.build([8]), { ...choice, ...changes }, look);
  expect(text({})).toContain("\nbackend native (avx512), 1 thread of 16 asked for: the fastest that loads\n");
  expect(text({ threads: 16 })).toContain("\nbackend native (avx512), 16 threads: the fastest");
});

it("report(request, outcome) shows ours beside the published outcome, a curve and mistakes in 80 columns", () => {
  const request = trainRequest("simple-conv", { seed: 1 });
  const mistakes = [mistake, mistake, mistake, mistake];
  const text = report(request, { result: result(1000, [10, 20, 500, 1000]), mistakes, secondsTotal: 14.23 }, look);
  const lines = text.split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.slice(0, 5)).toEqual([
    "                     here     published for exercise 2_6",
    "  test accuracy      .996     .959 to .966",
    "  training accuracy  .998     .994 to .997",
    "  time               14.2 s   732.5 s on a hosted notebook",
    "  a step             9.84 ms, 10,162 images/s (fastest 9.12, 95 % within 11.5)",
  ]);
  expect(text).toContain("training .998\n");
  expect(text).toContain("  4 of 1,000 test images are wrong, most surely these\n");
  expect(text.match(/4 taken for 9 \(100 %\)/g)).toHaveLength(3);
});

it("report(request, outcome) of a run that was stopped says so", () => {
  const request = trainRequest("simple-conv", { seed: 1 });
  const stopped = report(request, { result: result(25, [10, 20]), mistakes: [], secondsTotal: 1 }, look);
  expect(stopped).toMatch(/^stopped after 25 of 1,000 iterations, evaluated after 20\n/);
  const early = report(request, { result: result(5, []), mistakes: [], secondsTotal: 1 }, look);
  expect(early).toMatch(/^stopped after 5 of 1,000 iterations, before the first evaluation\n/);
  expect(early).not.toContain("test images");
});

it("report(request, outcome) of other settings says that the published ones are the course's", () => {
  const request = trainRequest("simple-conv", { seed: 1, lr: 0.01 });
  const text = report(request, { result: result(1000, [500, 1000]), mistakes: [], secondsTotal: 1 }, look);
  expect(text).toContain("published for exercise 2_6, with its own settings");
  expect(text).toContain("all 1,000 test images are right");
});

it("shortReport(request, outcome) is one line", () => {
  const request = trainRequest("simple-conv", { seed: 1 });
  expect(shortReport(request, { result: result(1000, [500, 1000]), secondsTotal: 14.23 })).toBe(
    "simple-conv: test accuracy .996, training accuracy .998, 1,000 iterations, 14.2 s\n",
  );
});
