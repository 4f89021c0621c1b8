// Labelled images in memory, checked once when they are made, so that nothing after has to. Which of them a step sees is
// decided by a sampler; what does not fit into memory is an ImageStream.
import { DataError, OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape, sizeOf } from "../shape/shape.ts";
import { type ImageStream, isStream } from "./image-stream.ts";

/** All about labelled images but their pixels, wherever these are. */
export interface LabelledImages {
  /** for messages and reports */
  readonly name: string;
  /** [C, H, W] of one image */
  readonly imageShape: readonly [number, number, number];
  /** [N], the class of each image, in [0, classes) */
  readonly labels: Int32Array;
  /** K: number of classes */
  readonly classes: number;
}

export interface Dataset extends LabelledImages {
  /** [N, C, H, W], row-major: pixels, in [0, 1] unless they were normalised */
  readonly images: Float32Array;
}

export interface ArrayDatasetOptions {
  /** [N, C, H, W], pixels: those of a Uint8Array are divided by 255; other numbers are taken as they are */
  images: ArrayLike<number>;
  /** [N], class indices ≥ 0 */
  labels: ArrayLike<number>;
  /** [C, H, W], each ≥ 1 */
  imageShape: readonly [number, number, number];
  /** number of classes, an integer ≥ 1; default one more than the largest label */
  classes?: number | undefined;
  /** default "the arrays" */
  name?: string | undefined;
}

/**
 * A data set of the user's own arrays. A Float32Array or Int32Array is kept, not copied.
 * @throws ShapeError for an image shape that is not three sizes ≥ 1
 * @throws OptionError for a number of classes that is not an integer ≥ 1
 * @throws DataError where there is no image, the numbers of images and labels differ, a pixel is not finite or a label is
 * not in [0, classes); it names the first such index
 */
export function arrayDataset(options: ArrayDatasetOptions): Dataset {
  const { images, labels, imageShape, classes, name = "the arrays" } = options;
  if (imageShape.length !== 3 || imageShape.some((length) => !Number.isInteger(length) || length < 1)) {
    throw new ShapeError(
      `arrayDataset: imageShape is out of range, got ${formatShape(imageShape)}, expected [C, H, W] of at least 1 each`,
      imageShape,
    );
  }
  if (classes !== undefined && (!Number.isInteger(classes) || classes < 1)) {
    throw new OptionError(
      `arrayDataset: classes is out of range, got ${classes}, expected an integer of at least 1`,
      "classes",
      classes,
    );
  }
  if (labels.length === 0) {
    throw new DataError(`arrayDataset: ${name} is empty, got 0 labels, expected at least 1`, name);
  }
  const size = sizeOf(imageShape);
  if (images.length !== labels.length * size) {
    throw new DataError(
      `arrayDataset: images of ${name} do not match the labels, got ${images.length} values for ${labels.length} labels, expected ${labels.length * size} for images of ${formatShape(imageShape)}`,
      name,
    );
  }
  return {
    name,
    images: toPixels(images, size, name),
    imageShape,
    ...checkedLabels("arrayDataset", labels, classes, name),
  };
}

function toPixels(values: ArrayLike<number>, imageSize: number, name: string): Float32Array {
  if (values instanceof Uint8Array || values instanceof Uint8ClampedArray) return scalePixels(values);
  const pixels = values instanceof Float32Array ? values : Float32Array.from(values);
  for (let index = 0; index < pixels.length; index++) {
    if (!Number.isFinite(pixels[index])) {
      const image = Math.floor(index / imageSize);
      throw new DataError(
        `arrayDataset: images of ${name} hold a value that is not finite, got ${values[index]} at index ${index} (image ${image}), expected finite float32 numbers`,
        name,
      );
    }
  }
  return pixels;
}

/** Bytes to [0, 1]. */
export function scalePixels(bytes: ArrayLike<number>): Float32Array {
  const pixels = new Float32Array(bytes.length);
  for (let index = 0; index < pixels.length; index++) pixels[index] = bytes[index]! / 255;
  return pixels;
}

/** @throws DataError unless every label is an integer in [0, classes) */
export function checkedLabels(
  op: string,
  values: ArrayLike<number>,
  classes: number | undefined,
  source: string,
): { labels: Int32Array; classes: number } {
  const bound = classes ?? 2 ** 31;
  let largest = 0;
  for (let index = 0; index < values.length; index++) {
    const label = values[index]!;
    if (!Number.isInteger(label) || label < 0 || label >= bound) {
      throw new DataError(
        `${op}: labels of ${source} are out of range, got ${label} at index ${index}, expected integers from 0 to ${bound - 1}`,
        source,
      );
    }
    largest = Math.max(largest, label);
  }
  return { labels: values instanceof Int32Array ? values : Int32Array.from(values), classes: classes ?? largest + 1 };
}

/**
 * `count` images and labels from `start` on, as views: nothing is copied. A split into training and validation is
 * `take(set, 50000)` and `take(set, 10000, 50000)`.
 * @throws OptionError unless 1 ≤ count and 0 ≤ start ≤ N - count
 */
export function take<T extends Dataset | ImageStream>(dataset: T, count: number, start?: number): T;
export function take(dataset: Dataset | ImageStream, count: number, start = 0): Dataset | ImageStream {
  const { imageShape, labels } = dataset;
  if (!Number.isInteger(start) || start < 0 || start >= labels.length) {
    throw new OptionError(
      `take: start is out of range, got ${start}, expected an integer from 0 to ${labels.length - 1}`,
      "start",
      start,
    );
  }
  if (!Number.isInteger(count) || count < 1 || start + count > labels.length) {
    throw new OptionError(
      `take: count is out of range, got ${count} from index ${start}, expected an integer from 1 to ${labels.length - start} of ${labels.length} images`,
      "count",
      count,
    );
  }
  if (isStream(dataset)) return dataset.subset(Int32Array.from({ length: count }, (_, index) => start + index));
  const size = sizeOf(imageShape);
  return {
    ...dataset,
    images: dataset.images.subarray(start * size, (start + count) * size),
    labels: labels.subarray(start, start + count),
  };
}
