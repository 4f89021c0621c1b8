// The measurements of `tatami bench` for a person to read.

import { defaultHidden, nets } from "tatamijs-course/nets";
import { milliseconds } from "../drawing/numbers.ts";
import { table } from "../drawing/table.ts";
import type { Terminal } from "../drawing/terminal.ts";
import type { BenchResult } from "./bench-measurement.ts";
import type { Machine } from "./machine.ts";

export interface BenchSetting {
  readonly batchSize: number;
  readonly machine: Pick<Machine, "cpu" | "cores" | "load">;
}

const header = ["net", "backend", "threads", "ms", "least", "95 %", "images/s", "GFLOP/s", "peak"];

export function benchReport(
  results: readonly BenchResult[],
  { batchSize, machine }: BenchSetting,
  { colors }: Pick<Terminal, "colors">,
): string {
  const { bold, dim, yellow } = colors;
  const { cores, load } = machine;
  const busy = `  the machine was busy, load ${load.toPrecision(2)} on ${cores} cores: look at the least`;
  const rows = results.map(({ net, backend, threads, stepMs, gflops, shareOfPeak }) => [
    net,
    backend,
    String(threads),
    milliseconds(stepMs.median),
    milliseconds(stepMs.min),
    milliseconds(stepMs.p95),
    Math.round((batchSize * 1000) / stepMs.median).toLocaleString("en-US"),
    gflops.toPrecision(3),
    shareOfPeak === null ? "–" : `${Math.round(100 * shareOfPeak)} %`,
  ]);
  const [head, ...body] = table(
    [header, ...rows],
    ["left", "left", "right", "right", "right", "right", "right", "right", "right"],
  );
  const shapes = [...new Set(results.map(({ net }) => net))];
  const width = Math.max(...shapes.map((name) => name.length));
  return [
    "",
    `${bold("training steps")} of ${batchSize} images with Adam  ${dim(machine.cpu)}`,
    "",
    `  ${dim(head)}`,
    ...body.map((line) => `  ${line}`),
    "",
    ...shapes.map((name) => dim(`  ${name.padEnd(width)}  ${nets[name].layers(defaultHidden)}`)),
    "",
    dim("  ms: of the median step, the fastest, and what 95 % do not exceed"),
    dim("  peak: the share of what the threads multiply and add in registers"),
    ...(load > cores ? [yellow(busy)] : []),
    "",
    "",
  ].join("\n");
}
