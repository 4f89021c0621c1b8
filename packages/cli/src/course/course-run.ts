// Running an exercise's configuration over seeds. Says nothing; who asked draws.
import { type Dataset, type MnistKind, mnist } from "tatamijs/data";
import type { Result } from "tatamijs-course/frame";
import { type Configuration, type DataSource, type Outcome, outcomesOf, type Run } from "tatamijs-course/frame";
import { UsageError } from "../command/usage-error.ts";
import { keptRun } from "./kept-runs.ts";

export interface TimedRun extends Run {
  /** since it was begun or gone on with */
  readonly seconds: number;
  /** the step it was gone on from; none for a run from its beginning */
  readonly from?: number;
}

export interface CourseRun {
  readonly configuration: Configuration;
  /** fewer than the seeds when the signal ended it */
  readonly runs: readonly TimedRun[];
  readonly outcomes: readonly Outcome[];
  readonly aborted: boolean;
  /** whether it can be gone on with */
  readonly kept?: boolean;
}

export interface CourseConversation {
  readonly load: DataSource;
  readonly signal: AbortSignal;
  /** sees each result as it comes */
  readonly onResult?: (seed: number, result: Result) => void;
  /** where the runs of resumable exercises are kept; default: nowhere */
  readonly out?: string | undefined;
}

/** Each kind and split is read once, whatever part of it is asked for first. */
export function dataFrom(directory: string | undefined): DataSource {
  const read = new Map<string, Promise<Dataset>>();
  return async (split, count, kind: MnistKind = "mnist") => {
    const key = `${kind} ${split} ${count}`;
    const loading = read.get(key) ?? mnist({ split, kind, directory, limit: count });
    read.set(key, loading);
    const dataset = await loading;
    if (dataset.labels.length < count) {
      const found = dataset.labels.length;
      throw new UsageError(`${kind} has too few ${split} images, got ${found}, expected at least ${count}`);
    }
    return dataset;
  };
}

export async function runCourse(
  configuration: Configuration,
  seeds: readonly number[],
  { load, signal, onResult, out }: CourseConversation,
): Promise<CourseRun> {
  const { exercise, variant, values } = configuration;
  const runs: TimedRun[] = [];
  for (const seed of seeds) {
    if (signal.aborted) break;
    const kept = out === undefined ? null : await keptRun(configuration, seed, out);
    const began = performance.now();
    const results: Result[] = [];
    for await (const result of exercise.run(values, { seed, load, signal, kept: kept?.run })) {
      onResult?.(seed, result);
      if (result.kind !== "progress") results.push(result);
    }
    runs.push({ seed, results, seconds: (performance.now() - began) / 1000, ...(kept?.from && { from: kept.from }) });
  }
  return {
    configuration,
    runs,
    outcomes: outcomesOf(runs, variant.published),
    aborted: signal.aborted,
    kept: out !== undefined && exercise.resumable === true,
  };
}
