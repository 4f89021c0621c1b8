// Batches of a data set for the user's own loops, in PyTorch's spelling. Each `for` over it is one epoch. A training run
// that must not allocate calls a sampler and copyBatch itself.
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import { stored } from "../ops/leaf.ts";
import { OptionError } from "../shape/errors.ts";
import { sizeOf } from "../shape/shape.ts";
import type { Dataset } from "./dataset.ts";
import { type Sampler, sequential, shuffled, withReplacement } from "./sampler.ts";

export interface Batch {
  /** [B, C, H, W] float32 */
  readonly images: Tensor;
  /** [B] int32: classes */
  readonly labels: Tensor;
  /** [B], where in the data set they are */
  readonly indices: Int32Array;
}

export interface DataLoaderOptions {
  /** images per batch, an integer ≥ 1; default 1 */
  batchSize?: number | undefined;
  /** a new order every epoch; default false */
  shuffle?: boolean | undefined;
  /** draw every image from all of them, instead of each once an epoch; default false */
  replacement?: boolean | undefined;
  /** leave out an epoch's last batch where it is smaller; default false */
  dropLast?: boolean | undefined;
  /** integer in [0, 2³²), decides order and draws; default 0, unlike PyTorch's a fixed one */
  seed?: number | undefined;
}

export class DataLoader implements Iterable<Batch> {
  readonly dataset: Dataset;
  readonly #sampler: Sampler;

  /** @throws OptionError for a batchSize or seed out of range, or replacement together with dropLast */
  constructor(dataset: Dataset, options: DataLoaderOptions = {}) {
    const { batchSize = 1, shuffle = false, replacement = false, dropLast = false, seed = 0 } = options;
    if (replacement && dropLast) {
      throw new OptionError(
        "DataLoader: dropLast has no meaning, got it together with replacement, expected one of them (every batch is full)",
        "dropLast",
        dropLast,
      );
    }
    const count = dataset.labels.length;
    this.dataset = dataset;
    if (replacement) this.#sampler = withReplacement(count, { batchSize, seed });
    else if (shuffle) this.#sampler = shuffled(count, { batchSize, dropLast, seed });
    else this.#sampler = sequential(count, { batchSize, dropLast });
  }

  /** Batches in an epoch. */
  get length(): number {
    return this.#sampler.batchesPerEpoch;
  }

  /** Batches handed out so far, over all epochs: what a checkpoint saves, inside the loop. */
  get position(): number {
    return this.#sampler.position;
  }

  /**
   * The next `for` goes on after `position` batches and ends with their epoch.
   * @throws OptionError unless it is an integer ≥ 0
   */
  restore(position: number): void {
    this.#sampler.restore(position);
  }

  /** The rest of the epoch, which is all of it unless a position was restored. Leaving early skips to the next epoch. */
  *[Symbol.iterator](): Generator<Batch, void, undefined> {
    const sampler = this.#sampler;
    const end = (Math.floor(sampler.position / this.length) + 1) * this.length;
    const places = new Int32Array(sampler.batchSize);
    try {
      while (sampler.position < end) {
        const count = sampler.next(places);
        const indices = places.slice(0, count);
        const images = new Storage([count, ...this.dataset.imageShape], "float32");
        const classes = new Storage([count], "int32");
        copyBatch(this.dataset, indices, count, images.host as Float32Array, classes.host as Int32Array);
        yield { images: stored(images), labels: stored(classes), indices };
      }
    } finally {
      sampler.restore(end);
    }
  }
}

/**
 * Copies the images and labels at the first `count` of `indices` to the front of the caller's arrays.
 * @param images [≥ count, C, H, W]
 * @param labels [≥ count]
 */
export function copyBatch(
  dataset: Dataset,
  indices: Int32Array,
  count: number,
  images: Float32Array,
  labels: Int32Array,
): void {
  const size = sizeOf(dataset.imageShape);
  for (let place = 0; place < count; place++) {
    const index = indices[place]!;
    // the view is garbage, but set() is ten times as fast as a loop here
    images.set(dataset.images.subarray(index * size, (index + 1) * size), place * size);
    labels[place] = dataset.labels[index]!;
  }
}
