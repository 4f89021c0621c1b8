// What `tatami bench` is asked to measure.
import type { Precision } from "tatamijs/compile";
import { precisions } from "tatamijs/tensor";
import { type NetName, netNames } from "tatamijs-course/nets";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { type BackendWish, backendChoices } from "./backend-choice.ts";

export interface BenchOptions {
  nets?: readonly string[];
  backend?: readonly string[];
  threads?: number;
  precision?: string;
  batchSize: number;
  steps?: number;
  seconds?: number;
  json?: boolean;
}

export interface BenchRequest {
  readonly nets: readonly NetName[];
  readonly backends: readonly BackendWish[];
  readonly threads: number | undefined;
  readonly precision: Precision;
  readonly batchSize: number;
  /** when a measurement ends */
  readonly length: { readonly steps: number } | { readonly seconds: number };
}

const defaultSeconds = 3;

/** @throws UsageError for an unknown net or backend, or both of steps and seconds */
export function benchRequest(options: BenchOptions): BenchRequest {
  const { nets = netNames, backend = ["auto"], threads, batchSize, steps, seconds = defaultSeconds } = options;
  if (steps !== undefined && options.seconds !== undefined) {
    throw new UsageError("--steps and --seconds both set the length, got both, expected one of them");
  }
  return {
    nets: [...new Set(nets.map((name) => known("net", name, netNames)))],
    backends: [...new Set(backend.map((name) => known("backend", name, backendChoices)))],
    threads,
    precision: known("precision", options.precision ?? "fast", precisions),
    batchSize,
    length: steps === undefined ? { seconds } : { steps },
  };
}
