// Learning-rate schedules as the command line spells them: a name and its numbers, with colons between. What is left out
// follows from the length of the run.
import {
  CosineAnnealingLR,
  ExponentialLR,
  LinearLR,
  type LRScheduler,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  SequentialLR,
  StepLR,
} from "tatamijs/optim";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { type SchedulerName, schedulerNames, schedulerUsages } from "./scheduler-usage.ts";

interface SchedulerChoice {
  /** how many parts it takes after its name, least and most */
  readonly parts: readonly [number, number];
  /** the first part may be a list */
  readonly list?: boolean;
  readonly create: (numbers: readonly (readonly number[])[], steps: number) => LRScheduler;
}

const choices: Readonly<Record<SchedulerName, SchedulerChoice>> = {
  step: { parts: [1, 2], create: ([size, gamma]) => new StepLR(size[0], { gamma: gamma?.[0] }) },
  "multi-step": {
    parts: [1, 2],
    list: true,
    create: ([milestones, gamma]) => new MultiStepLR(milestones, { gamma: gamma?.[0] }),
  },
  exponential: { parts: [1, 1], create: ([gamma]) => new ExponentialLR(gamma[0]) },
  polynomial: {
    parts: [0, 1],
    create: ([power], steps) => new PolynomialLR({ totalIters: steps, power: power?.[0] }),
  },
  cosine: { parts: [0, 1], create: ([lowest], steps) => new CosineAnnealingLR(steps, { etaMin: lowest?.[0] }) },
  "one-cycle": {
    parts: [0, 1],
    create: ([highest], steps) => new OneCycleLR({ totalSteps: Math.max(2, steps), maxLr: highest?.[0] }),
  },
  plateau: {
    parts: [0, 2],
    create: ([patience, factor]) => new ReduceLROnPlateau({ patience: patience?.[0], factor: factor?.[0] }),
  },
};

/**
 * @param text such as "step:300:0.5"; undefined for none
 * @param warmup steps in which the rate rises first; 0 for none
 * @param iterations of the whole run
 * @throws UsageError for what is no schedule
 */
export function schedulerOf(text: string | undefined, warmup: number, iterations: number): LRScheduler | undefined {
  if (warmup >= iterations) {
    throw new UsageError(`--warmup is out of range, got ${warmup}, expected fewer than the ${iterations} iterations`);
  }
  const main = text === undefined ? undefined : mainScheduler(text, iterations - warmup);
  if (warmup === 0) return main;
  const rise = new LinearLR({ startFactor: 1 / (warmup + 1), totalIters: warmup });
  return main === undefined ? rise : new SequentialLR([rise, main], [warmup]);
}

function mainScheduler(text: string, steps: number): LRScheduler {
  const [first, ...rest] = text.split(":");
  const name = known("schedule", first, schedulerNames);
  const { parts, list = false, create } = choices[name];
  const refuse = (why: string): never => {
    throw new UsageError(`--scheduler is not understood, got ${text}${why}, expected ${schedulerUsages[name]}`);
  };
  const numbers = rest.map((part) => part.split(",").map((word) => (word.trim() === "" ? Number.NaN : Number(word))));
  const lists = numbers.filter((part, index) => part.length > 1 && !(list && index === 0));
  const complete = rest.length >= parts[0] && rest.length <= parts[1] && numbers.flat().every(Number.isFinite);
  if (!complete || lists.length > 0) refuse("");
  try {
    return create(numbers, steps);
  } catch (error) {
    return refuse(` (${(error as Error).message})`);
  }
}
