// Labelled images that lie elsewhere than in memory and are brought batch by batch. What a stream has to do is said here;
// streams/ makes one of any function that fills batches.
import type { LabelledImages } from "./dataset.ts";
import type { Sampler } from "./sampler.ts";

export interface ImageStream extends LabelledImages {
  /** what names its images, which a run that is resumed must find the same: not their pixels, which may be many */
  readonly identity: string;
  /** an order of all images for an epoch, decided by seed and epoch, that this stream reads fast; without it, any is */
  order?(seed: number, epoch: number): Int32Array;
  /**
   * Begins to read the batches that `order` deals out from its position on, which it then advances on its own.
   * @param order the reader's alone; images of a batch are at most order.batchSize
   */
  read(order: Sampler): ImageReader;
  /** A stream of the images at `indices`, in their order. */
  subset(indices: Int32Array): ImageStream;
}

/** Batches of a stream, one after the other, some of them read ahead. */
export interface ImageReader {
  /**
   * The next batch: pixels [batchSize, C, H, W], of which a smaller one fills the front; valid until the next call.
   * @throws DataError where an image is damaged or cannot be read
   */
  next(): Promise<Float32Array>;
  /** Reads no more. */
  close(): void;
}

/** Whether images are to be streamed rather than in memory. */
export function isStream(data: LabelledImages): data is ImageStream {
  return "read" in data;
}
