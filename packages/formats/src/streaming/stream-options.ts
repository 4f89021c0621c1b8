// What streams of folders and of Parquet files have in common: their options, and the plan they make of them.
import { availableParallelism } from "node:os";
import type { ChannelStatistics } from "tatamijs/data";
import { OptionError } from "tatamijs/shape";
import { type ImageStream, imageStream } from "tatamijs/streams";
import type { DecodePlan, ParquetPlan, PixelCache } from "./decode-plan.ts";
import { DecodePool } from "./decode-pool.ts";

export interface StreamedImagesOptions {
  /** [C, H, W] that every image is brought to, C 1 or 3; default: that of the first, which all must then have */
  imageShape?: readonly [number, number, number] | undefined;
  /** per channel, taken off pixels in [0, 1] and divided by; default: pixels stay as they are */
  normalization?: ChannelStatistics | undefined;
  /** threads that decode, an integer ≥ 0; 0 decodes in the calling thread; default: one less than the cores, from 1 to 4 */
  workers?: number | undefined;
  /** batches decoded before they are needed, ≥ 1; default 4 */
  ahead?: number | undefined;
  /** memory for decoded images, a byte a value, so that later epochs need not decode them again, ≥ 0; default 2²⁸ */
  cacheBytes?: number | undefined;
  /** refuse larger images before they are decoded; default 2²⁶ */
  mostPixels?: number | undefined;
}

/** A stream whose classes have names. */
export interface NamedStream extends ImageStream {
  /** [K] */
  readonly classNames: readonly string[];
}

/** What is read, and how the names of it tell it from others. */
export interface Material {
  readonly name: string;
  readonly imageShape: readonly [number, number, number];
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  readonly identity: string;
  /** the image whose shape it is where that was not asked for, for messages */
  readonly first: string;
  /** where an image lies; null for rows of Parquet files */
  readonly pathOf: ((index: number) => string) | null;
  readonly parquet: ParquetPlan | null;
  readonly order?: (seed: number, epoch: number) => Int32Array;
}

export function usualWorkers(): number {
  return Math.min(4, Math.max(1, availableParallelism() - 1));
}

/** @throws OptionError for an option out of range */
export function checkStreamOptions({
  workers = 1,
  cacheBytes = 0,
  normalization,
  ahead = 1,
}: StreamedImagesOptions): void {
  for (const [option, value, least] of [
    ["workers", workers, 0],
    ["cacheBytes", cacheBytes, 0],
    ["ahead", ahead, 1],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new OptionError(
      `stream: ${option} is out of range, got ${value}, expected an integer of at least ${least}`,
      option,
      value,
    );
  }
  const right = ({ mean, std }: ChannelStatistics): boolean =>
    mean.every(Number.isFinite) && std.every((value) => Number.isFinite(value) && value > 0);
  if (normalization === undefined || right(normalization)) return;
  throw new OptionError(
    "stream: normalization is out of range, got numbers that are not finite or deviations of 0, expected finite ones",
    "normalization",
    normalization,
  );
}

/** @throws OptionError where the normalisation is for another number of channels */
export function streamed(material: Material, options: StreamedImagesOptions): NamedStream {
  const { name, imageShape, labels, classNames, identity, first, order, pathOf, parquet } = material;
  const { workers = usualWorkers(), ahead, mostPixels, normalization, cacheBytes = 2 ** 28 } = options;
  const [channels, height, width] = imageShape;
  for (const statistics of Object.values(normalization ?? {})) {
    if (statistics.length === channels) continue;
    throw new OptionError(
      `stream: normalization does not fit the channels, got ${statistics.length} numbers, expected ${channels}`,
      "normalization",
      normalization,
    );
  }
  const plan: DecodePlan = {
    name,
    imageShape,
    resized: options.imageShape !== undefined,
    first,
    mostPixels,
    values: valuesOf(channels, normalization),
    cache: cacheOf(
      Math.min(labels.length, Math.floor(cacheBytes / (channels * height * width))),
      channels * height * width,
    ),
    parquet,
  };
  const pool = new DecodePool(plan, pathOf, workers);
  const stream = imageStream({
    name,
    imageShape,
    labels,
    classes: classNames.length,
    identity,
    order,
    ahead,
    fill: (indices, pixels) => pool.fill(indices, pixels),
    allocate: (length) => new Float32Array(new SharedArrayBuffer(length * 4)),
    onOpen: () => pool.open(),
    onClose: () => pool.close(),
  });
  return { ...stream, classNames };
}

/** [C, 256], each as data in memory have it: a byte by 255, less the mean, by the deviation, rounded as often. */
function valuesOf(channels: number, normalization: ChannelStatistics | undefined): Float32Array {
  const values = new Float32Array(channels * 256);
  for (let channel = 0; channel < channels; channel++) {
    const shift = normalization?.mean[channel] ?? 0;
    const scale = 1 / (normalization?.std[channel] ?? 1);
    for (let byte = 0; byte < 256; byte++) values[channel * 256 + byte] = (Math.fround(byte / 255) - shift) * scale;
  }
  return values;
}

/** Memory that is taken as it is filled. */
function cacheOf(images: number, size: number): PixelCache | null {
  if (images === 0) return null;
  const shared = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
  return { images, pixels: shared(images * size), present: shared(images) };
}
