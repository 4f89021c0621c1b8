// Makes updates one after the other: draws the batches of each, runs their Programs and tells the loss. Knows nothing of the
// run around it.
import { Variable } from "../tensor/variable.ts";
import { BatchProgram } from "./batch-program.ts";
import type { Feed } from "./feed.ts";
import { type Accumulation, accumulatingStep, type StepParts, trainingStep } from "./step.ts";

export interface StepperOptions {
  /** closed with the stepper */
  readonly feed: Feed;
  /** every size a batch can have, the full one first */
  readonly batchSizes: readonly [number, ...number[]];
  /** batches to an update, ≥ 1 */
  readonly accumulate: number;
  readonly backend: string;
}

export class Stepper {
  readonly #feed: Feed;
  readonly #accumulate: number;
  readonly #update: BatchProgram;
  readonly #accumulating: BatchProgram | null;
  #loss = Number.NaN;
  #last: { program: BatchProgram; length: number };

  private constructor(feed: Feed, accumulate: number, update: BatchProgram, accumulating: BatchProgram | null) {
    this.#feed = feed;
    this.#accumulate = accumulate;
    this.#update = update;
    this.#accumulating = accumulating;
    this.#last = { program: update, length: 0 };
  }

  static async create(parts: StepParts, options: StepperOptions): Promise<Stepper> {
    const { feed, batchSizes, accumulate, backend } = options;
    if (accumulate === 1) {
      return new Stepper(feed, 1, await BatchProgram.create(batchSizes, backend, trainingStep(parts)), null);
    }
    const sums = parts.optimizer.parameters.map(({ shape }) => new Variable(shape));
    const accumulation: Accumulation = { sums, batches: accumulate };
    return new Stepper(
      feed,
      accumulate,
      await BatchProgram.create(batchSizes, backend, trainingStep(parts, accumulation)),
      await BatchProgram.create(batchSizes, backend, accumulatingStep(parts, accumulation)),
    );
  }

  /**
   * One update. Allocates nothing on a backend that answers at once, unless it accumulates.
   * @returns -1, or which guardFinite stopped it before the update
   * @throws DataError where a stream cannot be read
   */
  step(): number | Promise<number> {
    if (this.#accumulating !== null) return this.#accumulated(this.#accumulating);
    const length = this.#feed.next(this.#update.indices);
    return typeof length === "number" ? this.#updated(length) : length.then((streamed) => this.#updated(streamed));
  }

  #updated(length: number): number | Promise<number> {
    this.#last.length = length;
    return this.#update.run(length);
  }

  /** Of the last update, before it: the mean over its batches. To be read before anything else runs. */
  get loss(): number {
    return this.#accumulating === null ? this.#update.output(0)[0] : this.#loss;
  }

  /** Of the batch that ran last: a copy. */
  get indices(): Int32Array {
    const { program, length } = this.#last;
    return program.indices.slice(0, length);
  }

  dispose(): void {
    this.#feed.close();
    this.#update.dispose();
    this.#accumulating?.dispose();
  }

  async #accumulated(accumulating: BatchProgram): Promise<number> {
    let total = 0;
    for (let batch = 1; batch <= this.#accumulate; batch++) {
      const program = batch === this.#accumulate ? this.#update : accumulating;
      const length = await this.#feed.next(program.indices);
      this.#last = { program, length };
      const guard = await program.run(length);
      if (guard >= 0) return guard;
      total += program.output(0)[0];
    }
    this.#loss = total / this.#accumulate;
    return -1;
  }
}
