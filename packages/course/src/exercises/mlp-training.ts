// What exercises 2_1 to 2_5 have in common: one fully connected network on MNIST, with all that they vary as settings.
import { take } from "tatamijs/data";
import { Linear, type Sequential } from "tatamijs/nn";
import type { UpdateRule } from "tatamijs/train";
import { defineExercise, type Exercise, type ExerciseDefinition, type RunContext } from "../frame/exercise.ts";
import { histogram, measure, type Result, type ResultKind } from "../frame/result.ts";
import { choice, flag, integer, integers, real, type Setting, type Values } from "../frame/setting.ts";
import { activationNames, batchNormPlaces, initNames, mlp } from "../nets/mlp.ts";
import { optimizerNames, optimizers, penalized } from "../nets/optimizers.ts";
import { augmentSettings } from "../training/augment.ts";
import { learning } from "../training/learning.ts";
import { probe } from "../training/probe.ts";

export const mlpSettings = {
  hidden: integers([40, 20], "sizes of the hidden layers", { max: 4096, most: 32 }),
  activation: choice("sigmoid", activationNames, "after each hidden layer"),
  init: choice("gaussian", initNames, "initial weights; xavier has standard deviation √(1/n), he √(2/n)"),
  scale: real(0.01, "standard deviation of gaussian, value of constant", { max: 100 }),
  batchNorm: choice("off", batchNormPlaces, "batch normalisation before or after each activation"),
  trainNorm: flag(false, "whether γ and β learn; the course's loops leave them out"),
  dropout: real(0, "probability of dropping a value after each activation", { max: 1, belowMax: true }),
  dropoutKind: choice("book", ["book", "inverted"], "scaled by 1 − rate at the test, or by its inverse in training"),
  l1: real(0, "λ of the L1 penalty λ·Σ|w|", { max: 10 }),
  l2: real(0, "λ of the L2 penalty ½·λ·Σw²", { max: 10 }),
  outputLayer: choice("trained", ["trained", "frozen"], "frozen: neither trained nor penalised"),
  optimizer: choice("sgd", optimizerNames, "with the course's eps and decay"),
  lr: real(0.1, "learning rate", { max: 100, aboveMin: true }),
  iterations: integer(1000, "steps", { max: 1_000_000 }),
  batchSize: integer(100, "images a step, drawn with replacement", { min: 1, max: 10_000 }),
  trainSize: integer(60_000, "the first so many training images", { max: 60_000 }),
  testSize: integer(10_000, "the first so many test images", { max: 10_000 }),
  evaluateEvery: integer(50, "steps between evaluations"),
  histograms: flag(false, "activations of each layer before and after training"),
  ...augmentSettings,
};

export type MlpValues = Values<typeof mlpSettings>;

type MlpExercise = Pick<
  ExerciseDefinition<typeof mlpSettings>,
  "id" | "title" | "teaches" | "formula" | "quick" | "variants"
> & {
  /** where the exercise's defaults differ from those above */
  readonly defaults: Partial<MlpValues>;
  /** whether accuracy on the whole training set is shown too: from 2_5 on */
  readonly evaluateTraining?: boolean;
  readonly yields: readonly ResultKind[];
};

/** An exercise that trains one such network. */
export function mlpExercise({ defaults, evaluateTraining = false, ...rest }: MlpExercise): Exercise {
  const settings = Object.fromEntries(
    Object.entries<Setting<unknown>>(mlpSettings).map(([key, setting]) => [
      key,
      key in defaults ? { ...setting, default: defaults[key as keyof MlpValues] } : setting,
    ]),
  ) as unknown as typeof mlpSettings;
  return defineExercise({
    ...rest,
    settings,
    tiny: { trainSize: "200", testSize: "100", iterations: "6", evaluateEvery: "3", batchSize: "20" },
    refuse: ({ batchNorm, batchSize }) =>
      batchNorm !== "off" && batchSize < 2
        ? { key: "batchSize", expected: "at least 2 with batch normalisation: one value has no variance" }
        : null,
    run: (values, context) => runMlp(values, context, evaluateTraining),
  });
}

async function* runMlp(values: MlpValues, context: RunContext, evaluateTraining: boolean): AsyncGenerator<Result> {
  const { seed, load, signal } = context;
  const data = await load("train", values.trainSize);
  const test = await load("test", values.testSize);
  const model = mlp(values).initialize(seed);
  const looked = take(data, Math.min(500, data.labels.length));
  if (values.histograms) yield* activationHistograms(model, looked, "before training");
  yield* learning({
    model,
    optimizer: optimizerOf(model, values),
    data,
    validation: test,
    evaluateTraining,
    iterations: values.iterations,
    batchSize: values.batchSize,
    replacement: true,
    seed,
    evaluateEvery: values.evaluateEvery,
    signal,
    augment: values,
  });
  if (values.histograms) yield* activationHistograms(model, looked, "after training");
  yield measure("weights below .001", shareNearZero(model));
}

/** An optimiser of what the values say learns. */
export function optimizerOf(
  model: Sequential,
  values: Pick<MlpValues, "optimizer" | "lr" | "l1" | "l2" | "outputLayer" | "trainNorm">,
): UpdateRule {
  const modules = model.modules.slice(0, values.outputLayer === "frozen" ? -1 : undefined);
  const trained = modules.filter((module) => values.trainNorm || module instanceof Linear);
  return optimizers[values.optimizer].create(
    penalized(
      trained.flatMap((module) => module.parameters()),
      values,
    ),
    values.lr,
  );
}

async function* activationHistograms(
  model: Sequential,
  data: Parameters<typeof probe>[1],
  when: string,
): AsyncGenerator<Result> {
  const { activations } = await probe(model, data, data.labels.length);
  for (const [index, { values }] of activations.entries()) {
    yield histogram({ title: `activations ${when}`, name: `layer ${index + 1}`, label: "activation" }, values);
  }
}

/** Of the weights: what L1 is after. */
function shareNearZero(model: Sequential): number {
  const weights = model.parameters().filter(({ rank }) => rank > 1);
  const all = weights.reduce((total, weight) => total + weight.values().length, 0);
  const small = weights.reduce(
    (total, weight) => total + weight.values().filter((value) => Math.abs(value) < 0.001).length,
    0,
  );
  return small / all;
}
