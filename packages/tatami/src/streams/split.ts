// Cutting a data set in two by chance, each class in the same share.
import { arrayDataset, type Dataset } from "../data/dataset.ts";
import { type ImageStream, isStream } from "../data/image-stream.ts";
import { Random, streamOf } from "../random/random.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { sizeOf } from "../shape/shape.ts";

/** Together all images, each in one of them. */
export interface Subsets<T> {
  readonly rest: T;
  readonly part: T;
}

/**
 * Takes a share of the images of each class away, such as those to validate on. Which ones is decided by the seed and the
 * labels.
 * @param share in (0, 1)
 * @param seed integer in [0, 2³²)
 * @returns both in the order of the data; of data in memory, copies
 * @throws OptionError for a share or seed out of range
 * @throws DataError where one of them would be empty
 */
export function split<T extends Dataset | ImageStream>(data: T, share: number, seed: number): Subsets<T> {
  if (!(share > 0 && share < 1)) {
    throw new OptionError(`split: share is out of range, got ${share}, expected above 0 and below 1`, "share", share);
  }
  const random = new Random(seed, streamOf("split"));
  const count = data.labels.length;
  const byClass: number[][] = Array.from({ length: data.classes }, () => []);
  for (const index of random.permutation(count)) byClass[data.labels[index]!]!.push(index);
  const taken = new Uint8Array(count);
  // what rounding leaves over in one class is made up for in the next
  let due = 0;
  for (const places of byClass) {
    due += places.length * share;
    const number = Math.round(due);
    for (const index of places.slice(0, number)) taken[index] = 1;
    due -= Math.min(number, places.length);
  }
  const places = (wanted: number): Int32Array =>
    Int32Array.from({ length: count }, (_, index) => index).filter((index) => taken[index] === wanted);
  const [rest, part] = [places(0), places(1)];
  if (rest.length === 0 || part.length === 0) {
    throw new DataError(
      `split: ${data.name} has too few images, got ${count} for a share of ${share}, expected some in both parts`,
      data.name,
    );
  }
  return { rest: subset(data, rest), part: subset(data, part) };
}

function subset<T extends Dataset | ImageStream>(data: T, indices: Int32Array): T;
function subset(data: Dataset | ImageStream, indices: Int32Array): Dataset | ImageStream {
  if (isStream(data)) return data.subset(indices);
  const { images, labels, imageShape, classes, name } = data;
  const size = sizeOf(imageShape);
  const some = new Float32Array(indices.length * size);
  for (const [place, index] of indices.entries()) {
    some.set(images.subarray(index * size, (index + 1) * size), place * size);
  }
  return {
    ...data,
    ...arrayDataset({ images: some, labels: indices.map((index) => labels[index]!), imageShape, classes, name }),
  };
}
