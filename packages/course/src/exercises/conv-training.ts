// What exercises 2_6 to 2_8 have in common: a convolutional network learns from the first 5,000 images.
import type { Sequential } from "tatamijs/nn";
import { CosineAnnealingLR } from "tatamijs/optim";
import { defineExercise, type Exercise, type ExerciseDefinition, type RunContext } from "../frame/exercise.ts";
import type { Result } from "../frame/result.ts";
import { choice, integer, real, type Settings, type Values } from "../frame/setting.ts";
import { optimizerNames, optimizers } from "../nets/optimizers.ts";
import { sizesThrough, type WindowLayer } from "../nets/sizes.ts";
import { augmentSettings } from "../training/augment.ts";
import { featureMaps, filterImages, mistakes } from "../training/conv-look.ts";
import { learning } from "../training/learning.ts";

export const trainingSettings = {
  optimizer: choice("adam", optimizerNames, "with the course's eps and decay"),
  lr: real(0.001, "learning rate", { max: 100, aboveMin: true }),
  schedule: choice("constant", ["constant", "cosine"], "cosine: the rate falls to 0 at the last step"),
  iterations: integer(1000, "steps"),
  batchSize: integer(100, "images a step, drawn with replacement", { max: 10_000 }),
  trainSize: integer(5000, "the first so many training images", { max: 60_000 }),
  testSize: integer(1000, "the first so many test images", { max: 10_000 }),
  evaluateEvery: integer(50, "steps between evaluations"),
  data: choice("mnist", ["mnist", "fashion-mnist"], "which images"),
  ...augmentSettings,
};

export type TrainingValues = Values<typeof trainingSettings>;

export const tinyTraining = { iterations: "2", batchSize: "8", trainSize: "40", testSize: "20", evaluateEvery: "2" };

type ConvExercise<S extends Settings> = Omit<
  ExerciseDefinition<S & typeof trainingSettings>,
  "settings" | "tiny" | "yields" | "resumable" | "refuse" | "run"
> & {
  readonly settings: S;
  /** settings of training that differ from those above */
  readonly defaults?: Partial<TrainingValues>;
  readonly build: (values: Values<S>) => Sequential;
  /** the windows an image [28, 28] passes, to be checked before anything runs */
  readonly windows: (values: Values<S>) => readonly (WindowLayer & { readonly key: string })[];
};

export function convExercise<S extends Settings>(exercise: ConvExercise<S>): Exercise {
  const { settings: own, defaults = {}, build, windows, ...rest } = exercise;
  const training = Object.fromEntries(
    Object.entries(trainingSettings).map(([key, setting]) => [
      key,
      key in defaults ? { ...setting, default: defaults[key as keyof TrainingValues] } : setting,
    ]),
  );
  const definition = {
    ...rest,
    settings: { ...own, ...training },
    tiny: tinyTraining,
    yields: ["series", "image", "confusion", "measure", "progress"],
    resumable: true,
    refuse: (values: Values<S>) => tooLarge(windows(values)),
    run: (values: Values<S> & TrainingValues, context: RunContext) =>
      train(build(values), values, context, { looks: true }),
  };
  return defineExercise(definition as unknown as ExerciseDefinition<Settings>);
}

/** The first window that does not fit into what the ones before it leave of 28 pixels. */
export function tooLarge(
  layers: readonly (WindowLayer & { readonly key: string })[],
): { key: string; expected: string } | null {
  const sizes = sizesThrough(28, layers);
  const index = sizes.findIndex((size) => size < 1);
  if (index < 0) return null;
  const { key, padding = 0 } = layers[index];
  const before = index === 0 ? 28 : sizes[index - 1];
  return { key, expected: `a filter of at most ${before + 2 * padding}: the padded input is so wide there` };
}

/**
 * Trains on images with augmentation in front, where any is set; keeps the run where the context says so.
 * @param label see learning
 * @param looks whether filters, feature maps and mistakes are shown; default false
 */
export async function* train(
  model: Sequential,
  values: TrainingValues,
  context: RunContext,
  { label, looks = false }: { label?: string; looks?: boolean } = {},
): AsyncGenerator<Result> {
  const { seed, load, signal, kept } = context;
  const data = await load("train", values.trainSize, values.data);
  const test = await load("test", values.testSize, values.data);
  model.initialize(seed);
  const before = looks ? [...filterImages(model, "filters before training")] : [];
  yield* learning({
    model,
    optimizer: optimizers[values.optimizer].create(model.parameters(), values.lr),
    ...(values.schedule === "cosine" && { scheduler: new CosineAnnealingLR(values.iterations) }),
    data,
    validation: test,
    evaluateTraining: true,
    iterations: values.iterations,
    batchSize: values.batchSize,
    replacement: true,
    seed,
    evaluateEvery: values.evaluateEvery,
    signal,
    augment: values,
    ...kept,
    ...(label !== undefined && { label }),
  });
  if (!looks || signal?.aborted) return;
  yield* before;
  yield* filterImages(model, "filters after training");
  yield* featureMaps(model, test);
  yield* mistakes(model, test);
}
