// A Parquet set as a data set in memory, as imageFolder makes one. What is larger than memory is read by rows instead.
import { arrayDataset } from "tatamijs/data";
import { fitted } from "../fitted.ts";
import type { ImageLimits } from "../image.ts";
import type { NamedDataset } from "../image-folder.ts";
import { checkLimit } from "../limit.ts";
import { parquetFaults } from "./fault.ts";
import { parquetFiles } from "./parquet-files.ts";
import { decodeParquetImage, openParquetImages, type ParquetOptions } from "./parquet-images.ts";

export interface ParquetDatasetOptions extends ParquetOptions, Omit<ImageLimits, "source"> {
  /** which of a folder's splits, such as "train"; may be left out where there is one only */
  split?: string | undefined;
  /** [C, H, W] that every image is brought to, C 1 or 3; default: that of the first, which all must then have */
  imageShape?: readonly [number, number, number] | undefined;
  /** the first rows only, an integer ≥ 1, all where there are fewer */
  limit?: number | undefined;
}

/** So many rows are read at a time. */
const block = 256;

/**
 * The images and labels of a Parquet file, or of a folder of them as Hugging Face lays it out.
 * @returns images [N, C, H, W] in [0, 1], in the order of the rows
 * @throws DataError where files are missing, damaged, without images or labels, or images of different shapes
 * @throws OptionError for a limit below 1
 */
export async function parquetImages(path: string, options: ParquetDatasetOptions = {}): Promise<NamedDataset> {
  const { split, limit = Number.POSITIVE_INFINITY, mostPixels } = options;
  checkLimit("parquetImages", limit);
  const fault = parquetFaults(path);
  const set = await openParquetImages(await parquetFiles(path, split), options);
  try {
    const count = Math.min(limit, set.count);
    if (count === 0) throw fault("has no rows", "0", "at least one");
    let shape = options.imageShape;
    let pixels = new Uint8Array(0);
    const labels: number[] = [];
    for (let begin = 0; begin < count; begin += block) {
      const rows = await set.readRows(begin, Math.min(count, begin + block));
      labels.push(...rows.labels);
      for (const [index, bytes] of rows.images.entries()) {
        const source = `row ${begin + index} of ${path}`;
        const read = decodeParquetImage(bytes, set.pixels, { source, mostPixels });
        shape ??= [read.channels, read.height, read.width];
        const size = shape[0] * shape[1] * shape[2];
        if (pixels.length === 0) pixels = memoryFor(count * size, path);
        const fitting = { imageShape: shape, resized: options.imageShape !== undefined, first: "the first" };
        pixels.set(fitted("parquetImages", read, fitting, source), (begin + index) * size);
      }
    }
    const classes = set.classes ?? labels.reduce((most, label) => Math.max(most, label), 0) + 1;
    const classNames = set.classNames ?? Array.from({ length: classes }, (_, label) => String(label));
    return {
      ...arrayDataset({ images: pixels, labels: Int32Array.from(labels), imageShape: shape!, classes, name: path }),
      classNames,
    };
  } finally {
    await set.close();
  }
}

function memoryFor(length: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw parquetFaults(path)("is too large for memory", `${length} bytes`, "a limit, or reading by rows", cause);
  }
}
