// Loss and metrics of a model over a whole data set, in evaluation mode and in batches.
import { type Sampler, sequential } from "../data/sampler.ts";
import { expectCount } from "../nn/expectations.ts";
import type { Loss } from "../nn/loss.ts";
import type { Module } from "../nn/module.ts";
import { crossEntropy, sum } from "../ops/index.ts";
import type { WeightAverage } from "../optim/weight-average.ts";
import { backend as loadBackend } from "../tensor/device.ts";
import { BatchProgram, batchSizesOf } from "./batch-program.ts";
import { type Data, type Feed, openFeed, placeFor } from "./feed.ts";
import { inMode } from "./mode.ts";
import { accuracy, type LossFunction, lossFunction, type Metrics } from "./objective.ts";
import { Pauses } from "./pauses.ts";
import { batchAt } from "./resident-data.ts";

export interface EvaluationOptions {
  /** the mean over a batch; default crossEntropy */
  loss?: Loss | LossFunction | undefined;
  /** by the names they are reported under; default { accuracy } */
  metrics?: Metrics | undefined;
  /** samples computed at once, ≥ 1: decides memory, not results; default 100 */
  batchSize?: number | undefined;
  /** where to compute; default: the current backend */
  backend?: string | undefined;
}

/** "loss" and each metric, averaged over the samples. */
export type Evaluation = Readonly<Record<string, number>>;

/** A model and a data set, compiled to be evaluated over and over. */
export class Evaluator {
  readonly #program: BatchProgram;
  readonly #open: () => Feed;
  readonly #count: number;
  readonly #names: readonly string[];

  private constructor(program: BatchProgram, open: () => Feed, count: number, names: readonly string[]) {
    this.#program = program;
    this.#open = open;
    this.#count = count;
    this.#names = names;
  }

  /**
   * @param average reads as the model's parameters where it is given
   * @throws OptionError for a batchSize below 1; ShapeError when the model does not take the images
   */
  static async create(
    model: Module,
    dataset: Data,
    options: EvaluationOptions = {},
    average: WeightAverage | null = null,
  ): Promise<Evaluator> {
    const { loss = crossEntropy, metrics = { accuracy }, batchSize = 100, backend } = options;
    expectCount("evaluate", "batchSize", batchSize);
    const { name } = await loadBackend(backend);
    const lossOf = lossFunction(loss);
    const count = dataset.labels.length;
    const batchSizes = batchSizesOf(count, batchSize);
    const data = placeFor(dataset, batchSizes[0]);
    const program = await BatchProgram.create(batchSizes, name, (indices) =>
      inMode(model, false, () => {
        const { images, labels } = batchAt(data, indices);
        const output = average === null ? model.call(images) : average.reading(() => model.call(images));
        const totals = Object.values(metrics).map((metric) => sum(metric(output, labels)));
        return [lossOf(output, labels), ...totals];
      }),
    );
    const order = (): Sampler => sequential(count, { batchSize: batchSizes[0] });
    return new Evaluator(program, () => openFeed(dataset, data, order), count, Object.keys(metrics));
  }

  /**
   * @returns null when `signal` ended it early
   * @throws DataError where a stream cannot be read
   */
  async run(signal?: AbortSignal): Promise<Evaluation | null> {
    const { indices } = this.#program;
    const totals = [0, ...this.#names.map(() => 0)];
    const pauses = new Pauses();
    const feed = this.#open();
    try {
      for (let begin = 0; begin < this.#count; begin += indices.length) {
        if (pauses.due) await pauses.take();
        if (signal?.aborted) return null;
        const length = await feed.next(indices);
        await this.#program.run(length);
        totals[0] += this.#program.output(0)[0] * length;
        for (let metric = 1; metric < totals.length; metric++) totals[metric] += this.#program.output(metric)[0];
      }
    } finally {
      feed.close();
    }
    const means = totals.map((total) => total / this.#count);
    return Object.fromEntries(["loss", ...this.#names].map((name, index) => [name, means[index]]));
  }

  dispose(): void {
    this.#program.dispose();
  }
}

/**
 * The loss and metrics of `model` over `dataset`. Dropout is off and batch normalisation uses its running statistics.
 * @throws OptionError for a batchSize below 1
 * @throws ShapeError when the model does not take the images
 * @throws DataError where a stream cannot be read
 */
export async function evaluate(model: Module, dataset: Data, options: EvaluationOptions = {}): Promise<Evaluation> {
  const evaluator = await Evaluator.create(model, dataset, options);
  try {
    return (await evaluator.run())!;
  } finally {
    evaluator.dispose();
  }
}
