// Finds a learning rate to begin with: train while the rate rises from nothing, and see where the loss falls fastest (Smith
// 2017). The model and its optimiser are afterwards what they were.
import { LambdaLR } from "../optim/schedulers.ts";
import { OptionError } from "../shape/errors.ts";
import { compute } from "../tensor/compute.ts";
import type { Variable } from "../tensor/variable.ts";
import { DivergenceError } from "../train/divergence.ts";
import { fit } from "../train/fit.ts";
import type { FitOptions } from "../train/fit-options.ts";

export interface LearningRateOptions
  extends Pick<
    FitOptions,
    "model" | "loss" | "optimizer" | "data" | "batchSize" | "replacement" | "seed" | "accumulate" | "signal" | "backend"
  > {
  /** the lowest rate, > 0; default 10⁻⁶ */
  from?: number | undefined;
  /** the highest, > from; default 10 */
  to?: number | undefined;
  /** between them, ≥ 10; default 100 */
  steps?: number | undefined;
}

export interface LearningRateFinding {
  /** one a step, rising; the run ends early where the loss runs away */
  readonly rates: readonly number[];
  /** of each step's batch */
  readonly losses: readonly number[];
  /** those, each averaged with its neighbours */
  readonly smoothed: readonly number[];
  /** where the smoothed loss falls fastest for the same factor of the rate; null where it never falls */
  readonly suggestion: number | null;
}

/** The loss has run away when it is so many times the best. */
const runaway = 4;

/** Whether it has is judged by an average of the steps before: how much of it stays in a step. */
const smoothing = 0.9;

/** Neighbours on either side, in hundredths of the steps: an average of those before would find rates that are too high. */
const reach = 0.04;

/** Where the smoothed loss has risen by so much from its lowest, the descent is over. */
const rise = 0.05;

/**
 * Trains through rising learning rates.
 * @throws OptionError for numbers out of range, or an optimiser without learning rates to set
 */
export async function findLearningRate(options: LearningRateOptions): Promise<LearningRateFinding> {
  const { from = 1e-6, to = 10, steps = 100, ...run } = options;
  const inRange = from > 0 && to > from && Number.isFinite(to) && Number.isSafeInteger(steps) && steps >= 10;
  if (!inRange) {
    throw new OptionError(
      `findLearningRate: from, to and steps are out of range, got ${from}, ${to} and ${steps}, expected 0 < from < to and at least 10 steps`,
      "from",
      from,
    );
  }
  const { model, optimizer } = options;
  const before = [...(optimizer.learningRates ?? [])];
  const restore = await remembered([
    ...[...model.namedParameters(), ...model.namedBuffers()].map(([, variable]) => variable),
    ...(optimizer.slots?.() ?? []).map(([, slot]) => slot),
  ]);
  const rateAt = (step: number): number => from * (to / from) ** (step / (steps - 1));
  const losses: number[] = [];
  let average = 0;
  let best = Number.POSITIVE_INFINITY;
  if (optimizer.learningRates !== undefined) optimizer.learningRates = before.map(() => 1);
  try {
    await fit({
      ...run,
      iterations: steps,
      evaluateEvery: steps,
      scheduler: new LambdaLR(rateAt),
      callbacks: {
        onStep: (iteration, loss, { stop }) => {
          average = smoothing * average + (1 - smoothing) * loss;
          // an average that began at 0, made up for
          const value = average / (1 - smoothing ** iteration);
          losses.push(loss);
          best = Math.min(best, value);
          if (value > runaway * best) stop();
        },
      },
    });
  } catch (error) {
    // a loss that is no longer finite has run away
    if (!(error instanceof DivergenceError)) throw error;
  } finally {
    restore();
    if (optimizer.learningRates !== undefined) optimizer.learningRates = before;
  }
  const rates = losses.map((_, step) => rateAt(step));
  const smoothed = withNeighbours(losses, Math.ceil(reach * steps));
  return { rates, losses, smoothed, suggestion: steepest(rates, smoothed) };
}

function withNeighbours(losses: readonly number[], reach: number): number[] {
  return losses.map((_, step) => {
    // as many on both sides: an end must not be pulled towards the middle
    const side = Math.min(reach, step, losses.length - 1 - step);
    const around = losses.slice(step - side, step + side + 1);
    return around.reduce((total, loss) => total + loss, 0) / around.length;
  });
}

/** Equal factors of the rate lie between steps, so that differences of losses compare. */
function steepest(rates: readonly number[], losses: readonly number[]): number | null {
  let suggestion: number | null = null;
  let steepestSlope = 0;
  let lowest = losses[0];
  for (let step = 1; step + 1 < losses.length; step++) {
    lowest = Math.min(lowest, losses[step]);
    // before anything is learnt, losses go up and down by chance
    if (losses[step] > lowest * (1 + rise) && lowest < losses[0] * (1 - rise)) break;
    const slope = losses[step + 1] - losses[step - 1];
    if (slope < steepestSlope) {
      steepestSlope = slope;
      suggestion = rates[step];
    }
  }
  return suggestion;
}

async function remembered(variables: readonly Variable[]): Promise<() => void> {
  await compute([]);
  const values = variables.map((variable) => variable.values().slice());
  return () => {
    variables.forEach((variable, index) => {
      variable.set(values[index]);
    });
  };
}
