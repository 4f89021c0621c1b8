// A stream out of a function that fills batches: it is asked ahead of the training, so many batches and no more, and their
// memory is used again. Knows nothing of where images come from.
import type { LabelledImages } from "../data/dataset.ts";
import type { ImageReader, ImageStream } from "../data/image-stream.ts";
import type { Sampler } from "../data/sampler.ts";
import { streamOf } from "../random/random.ts";
import { OptionError } from "../shape/errors.ts";
import { sizeOf } from "../shape/shape.ts";

export interface ImageStreamOptions extends LabelledImages {
  /** what names its images, such as their paths: a run that is resumed must find the same */
  identity: string;
  /**
   * Writes images to the front of `pixels`, one after the other, each [C, H, W]. Called with batches that will be needed
   * soon, several at a time; the one that is needed first comes first.
   * @param indices [≤ batchSize]
   * @param pixels [batchSize, C, H, W]
   */
  fill(indices: Int32Array, pixels: Float32Array): Promise<void>;
  /** see ImageStream; default: any order is read as fast */
  order?: ((seed: number, epoch: number) => Int32Array) | undefined;
  /** batches read before they are needed, ≥ 1; default 4 */
  ahead?: number | undefined;
  /** memory for the pixels of a batch, kept until its reader is closed; default a Float32Array */
  allocate?: ((length: number) => Float32Array) | undefined;
  /** before the first batch of a reader is asked for */
  onOpen?: (() => void) | undefined;
  /** after a reader was closed; batches it asked for may still be filled */
  onClose?: (() => void) | undefined;
}

/**
 * A stream of images for `fit`, `evaluate` and `predict`. Memory is that of `ahead` + 1 batches, however many images there are.
 * @throws OptionError for an `ahead` that is not an integer ≥ 1
 */
export function imageStream(options: ImageStreamOptions): ImageStream {
  const { name, imageShape, labels, classes, identity, order, ahead = 4 } = options;
  if (!Number.isInteger(ahead) || ahead < 1) {
    throw new OptionError(
      `imageStream: ahead is out of range, got ${ahead}, expected an integer of at least 1`,
      "ahead",
      ahead,
    );
  }
  return {
    name,
    imageShape,
    labels,
    classes,
    identity,
    ...(order && { order }),
    read: (sampler) => new Prefetch(options, sampler, ahead),
    subset: (indices) => imageStream(optionsOfSome(options, indices)),
  };
}

function optionsOfSome(options: ImageStreamOptions, indices: Int32Array): ImageStreamOptions {
  const { labels, order, fill, identity } = options;
  let places: Map<number, number> | null = null;
  return {
    ...options,
    labels: indices.map((index) => labels[index]!),
    // other images may have the same labels
    identity: `${identity}\n${streamOf(indices.join())}`,
    fill: (some, pixels) =>
      fill(
        some.map((place) => indices[place]!),
        pixels,
      ),
    ...(order && {
      order: (seed: number, epoch: number): Int32Array => {
        places ??= new Map(Array.from(indices, (index, place) => [index, place]));
        const known = places;
        return order(seed, epoch)
          .filter((index) => known.has(index))
          .map((index) => known.get(index)!);
      },
    }),
  };
}

interface Coming {
  readonly pixels: Float32Array;
  readonly filled: Promise<void>;
}

class Prefetch implements ImageReader {
  readonly #options: ImageStreamOptions;
  readonly #order: Sampler;
  readonly #ahead: number;
  readonly #queue: Coming[] = [];
  /** memory of batches that have been used */
  readonly #free: Float32Array[] = [];
  #current: Float32Array | null = null;
  #closed = false;

  constructor(options: ImageStreamOptions, order: Sampler, ahead: number) {
    this.#options = options;
    this.#order = order;
    this.#ahead = ahead;
    options.onOpen?.();
    this.#ask();
  }

  async next(): Promise<Float32Array> {
    if (this.#closed) throw new Error("internal: imageStream: a batch was asked of a reader that is closed");
    if (this.#current !== null) this.#free.push(this.#current);
    this.#current = null;
    const { pixels, filled } = this.#queue[0]!;
    // what cannot be read stays at the front, and fails again
    await filled;
    // closed meanwhile, it asks no more
    if (this.#queue.shift() !== undefined) this.#ask();
    this.#current = pixels;
    return pixels;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.length = 0;
    this.#options.onClose?.();
  }

  #ask(): void {
    const { imageShape, fill, allocate = (length) => new Float32Array(length) } = this.#options;
    const { batchSize } = this.#order;
    while (this.#queue.length < this.#ahead) {
      const places = new Int32Array(batchSize);
      const length = this.#order.next(places);
      const pixels = this.#free.pop() ?? allocate(batchSize * sizeOf(imageShape));
      const filled = fill(places.subarray(0, length), pixels);
      // it is looked at when its turn comes, which it may not
      filled.catch(() => {});
      this.#queue.push({ pixels, filled });
    }
  }
}
