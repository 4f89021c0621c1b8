// The result of a training run for programs to read.
import type { FitResult } from "tatamijs/train";
import type { TrainRequest } from "./train-request.ts";

/** @param secondsTotal of the whole command */
export function trainJson({ name, seed }: TrainRequest, result: FitResult, secondsTotal: number): string {
  const last = result.history.at(-1);
  return JSON.stringify({
    net: name,
    backend: result.backend,
    threads: result.threads,
    seed,
    iterations: result.iterations,
    trainAccuracy: last?.training?.accuracy ?? null,
    testAccuracy: last?.validation?.accuracy ?? null,
    finalLoss: result.finalLoss,
    secondsTotal,
    stepMs: result.stepMilliseconds,
    history: result.history.map(({ iteration, loss, training, validation }) => ({
      iteration,
      loss,
      trainAccuracy: training?.accuracy ?? null,
      testAccuracy: validation?.accuracy ?? null,
    })),
  });
}
