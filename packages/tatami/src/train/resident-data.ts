// Data sets where programs can reach them: images and labels are uploaded once, and each step gathers its batch there.
import type { Dataset } from "../data/dataset.ts";
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import { gather, stored } from "../ops/index.ts";

export interface ResidentData {
  /** [N, C, H, W] */
  readonly images: Storage;
  /** [N] int32 */
  readonly labels: Storage;
}

/** Fitting and evaluating the same data set share its one upload. */
const resident = new WeakMap<Dataset, ResidentData>();

/** The storages of a data set. Its arrays are read when a program first needs them: changing them later has no effect. */
export function residentData(dataset: Dataset): ResidentData {
  let data = resident.get(dataset);
  if (data === undefined) {
    const count = dataset.labels.length;
    data = {
      images: new Storage([count, ...dataset.imageShape], "float32", dataset.images),
      labels: new Storage([count], "int32", dataset.labels),
    };
    resident.set(dataset, data);
  }
  return data;
}

/**
 * The samples at `indices`.
 * @param indices int32 [B]
 * @returns images [B, C, H, W] and labels int32 [B]
 */
export function batchAt({ images, labels }: ResidentData, indices: Tensor): { images: Tensor; labels: Tensor } {
  return { images: gather(stored(images), indices), labels: gather(stored(labels), indices) };
}
