// Which images a step sees: samplers deal out the indices of batches, epoch after epoch. A batch depends only on the seed
// and on its position, so restoring the position continues a run exactly. The images themselves are DataLoader's business.
import { Random, streamOf } from "../random/random.ts";
import { OptionError } from "../shape/errors.ts";

export interface Sampler {
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  /** batches dealt out so far, over all epochs: what a checkpoint saves */
  readonly position: number;
  /**
   * Writes the next batch to the front of `indices` and returns its length: less than batchSize only at the end of an
   * epoch that does not divide. After an epoch's last batch comes the next epoch's first.
   * @param indices [batchSize], the caller's own, filled anew each time
   * @throws OptionError for another length
   */
  next(indices: Int32Array): number;
  /**
   * Goes on after `position` batches, as if they had been dealt out.
   * @throws OptionError unless it is an integer ≥ 0
   */
  restore(position: number): void;
}

export interface SamplerOptions {
  /** indices per batch, an integer ≥ 1; more than there are images makes every epoch one smaller batch */
  batchSize: number;
  /** leave out an epoch's last batch where it is smaller; default false */
  dropLast?: boolean | undefined;
}

export interface ShuffledOptions extends SamplerOptions {
  /** integer in [0, 2³²) */
  seed: number;
  /** the order of an epoch, each index once; default: all orders are as likely */
  order?: ((seed: number, epoch: number) => Int32Array) | undefined;
}

export interface ReplacementOptions {
  /** indices per batch, an integer ≥ 1 */
  batchSize: number;
  /** integer in [0, 2³²) */
  seed: number;
}

/**
 * 0, 1, 2, … in every epoch.
 * @param count number of images, ≥ 1
 * @throws OptionError for a count or batchSize out of range
 */
export function sequential(count: number, options: SamplerOptions): Sampler {
  const perEpoch = indicesPerEpoch("sequential", count, options);
  return new EpochSampler(options.batchSize, perEpoch, (indices, length, begin) => {
    for (let index = 0; index < length; index++) indices[index] = begin + index;
  });
}

/**
 * Every index once an epoch, in an order of that epoch's own: random, decided by seed and epoch.
 * @param count number of images, ≥ 1
 * @throws OptionError for a count, batchSize or seed out of range
 */
export function shuffled(count: number, options: ShuffledOptions): Sampler {
  const random = new Random(options.seed, streamOf("shuffle"));
  const { seed, stream } = random.state;
  const perEpoch = indicesPerEpoch("shuffled", count, options);
  let order: Int32Array = new Int32Array();
  let orderEpoch = -1;
  return new EpochSampler(options.batchSize, perEpoch, (indices, length, begin, epoch) => {
    if (epoch !== orderEpoch) {
      random.state = { seed, stream, step: epoch };
      order = options.order?.(seed, epoch) ?? random.permutation(count);
      orderEpoch = epoch;
    }
    for (let index = 0; index < length; index++) indices[index] = order[begin + index]!;
  });
}

/**
 * Each index drawn from all images anew, as the course does. Every batch is full; an epoch is as many batches as it takes
 * to draw `count` indices.
 * @param count number of images, ≥ 1
 * @throws OptionError for a count, batchSize or seed out of range
 */
export function withReplacement(count: number, options: ReplacementOptions): Sampler {
  const { batchSize } = options;
  const random = new Random(options.seed, streamOf("replacement"));
  const { seed, stream } = random.state;
  const batches = Math.ceil(indicesPerEpoch("withReplacement", count, { batchSize }) / batchSize);
  return new EpochSampler(batchSize, batches * batchSize, (indices, _length, begin, epoch) => {
    random.state = { seed, stream, step: epoch * batches + begin / batchSize };
    random.integersInto(indices, count);
  });
}

/** Fills the front of `indices` with `length` of them: those from place `begin` of epoch `epoch` on. */
type Deal = (indices: Int32Array, length: number, begin: number, epoch: number) => void;

class EpochSampler implements Sampler {
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  readonly #perEpoch: number;
  readonly #deal: Deal;
  #position = 0;

  constructor(batchSize: number, perEpoch: number, deal: Deal) {
    this.batchSize = batchSize;
    this.batchesPerEpoch = Math.ceil(perEpoch / batchSize);
    this.#perEpoch = perEpoch;
    this.#deal = deal;
  }

  get position(): number {
    return this.#position;
  }

  next(indices: Int32Array): number {
    if (indices.length !== this.batchSize) {
      throw new OptionError(
        `next: indices do not fit the batch, got an array of ${indices.length}, expected ${this.batchSize}`,
        "indices",
        indices.length,
      );
    }
    const begin = (this.#position % this.batchesPerEpoch) * this.batchSize;
    const length = Math.min(this.batchSize, this.#perEpoch - begin);
    this.#deal(indices, length, begin, Math.floor(this.#position / this.batchesPerEpoch));
    this.#position++;
    return length;
  }

  restore(position: number): void {
    checkInteger("restore", "position", position, 0);
    this.#position = position;
  }
}

/** How many indices an epoch deals out. */
function indicesPerEpoch(op: string, count: number, { batchSize, dropLast = false }: SamplerOptions): number {
  checkInteger(op, "count", count, 1);
  checkInteger(op, "batchSize", batchSize, 1);
  const perEpoch = dropLast ? count - (count % batchSize) : count;
  if (perEpoch === 0) {
    throw new OptionError(
      `${op}: batchSize leaves no whole batch, got ${batchSize} for ${count} images, expected at most ${count} with dropLast`,
      "batchSize",
      batchSize,
    );
  }
  return perEpoch;
}

function checkInteger(op: string, option: string, value: number, minimum: number): void {
  if (!Number.isInteger(value) || value < minimum || value >= 2 ** 31) {
    throw new OptionError(
      `${op}: ${option} is out of range, got ${value}, expected an integer in [${minimum}, 2^31)`,
      option,
      value,
    );
  }
}
