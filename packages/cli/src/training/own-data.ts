// Data of the user's own, to train on: opened in memory or as streams, split, and brought to one shape. MNIST, and files in its
// place, are none: they are the course's, with its published outcomes.
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { constants, gunzipSync } from "node:zlib";
import { type ChannelStatistics, channelStatistics, type Dataset, normalize, sequential } from "tatamijs/data";
import { DataError } from "tatamijs/shape";
import { isStream, split } from "tatamijs/streams";
import type { Data } from "tatamijs/train";
import { UsageError } from "../command/usage-error.ts";
import { type DataSource, dataSource, idxPair } from "../data/data-source.ts";
import { openEither, residenceOf, type StreamingOptions, usualShape } from "../data/opened-data.ts";
import type { OwnInput, TrainOptions } from "./train-request.ts";

/** Both parts of it, with the classes of the one to train on. */
export interface OwnData {
  readonly train: Data;
  readonly test: Data;
  readonly input: OwnInput;
}

/** Of data without a test split, that much is tested on. */
const usualValidation = 0.2;

/**
 * The data of `--data`; null where they are MNIST.
 * @throws UsageError where there are none, or options do not fit them
 * @throws DataError where they are damaged
 */
export async function ownData(options: TrainOptions): Promise<OwnData | null> {
  const { data: name, seed = 1, normalize: normalized = false, trainSize, testSize } = options;
  const source = name === undefined ? null : await dataSource(name);
  if (source === null || (await isMnist(source))) {
    const alone = ownOptions.find(([key]) => options[key] !== undefined && options[key] !== false);
    if (alone === undefined) return null;
    throw new UsageError(`${alone[1]} is for data of your own, got it with mnist, expected --data beside it`);
  }
  const imageShape = await shapeOf(source, options.imageSize);
  const both = source.splits.length === 2 && options.validation === undefined;
  const residence = await residenceOf(source, imageShape ?? [1, 1, 1], { stream: options.stream, preferred: "train" });
  const { streamed } = residence;
  const openedPart = (more: StreamingOptions) =>
    openEither(source, streamed, { imageShape: imageShape ?? undefined, ...more });
  const parts = async (normalization?: ChannelStatistics) => {
    const whole = await openedPart({ preferred: "train", normalization });
    if (!both) {
      const { rest, part } = split<Data>(whole, options.validation ?? usualValidation, seed);
      return { train: rest, test: part, classNames: whole.classNames };
    }
    const test = await openedPart({ split: "test", normalization, classNames: whole.classNames ?? undefined });
    return { train: whole as Data, test: test as Data, classNames: whole.classNames };
  };
  let opened = await parts();
  let normalization: ChannelStatistics | null = null;
  if (normalized) {
    normalization = await statisticsOf(opened.train);
    const { train, test } = opened;
    opened =
      isStream(train) || isStream(test)
        ? await parts(normalization)
        : { ...opened, train: normalize(train, normalization), test: normalize(test, normalization) };
  }
  const { classes } = opened.train;
  if (opened.test.classes > classes) {
    throw new DataError(
      `train: ${name} has classes to test on that are not trained, got ${opened.test.classes}, expected at most ${classes}`,
      source.name,
    );
  }
  const train = some(opened.train, trainSize, "--train-size", seed);
  const test = some(opened.test, testSize, "--test-size", seed);
  return {
    train,
    test,
    input: {
      name: source.name,
      imageShape: train.imageShape,
      classes,
      classNames: opened.classNames,
      normalization,
      images: train.labels.length,
      testImages: test.labels.length,
      streamed,
      residence: residence.words,
    },
  };
}

const ownOptions = [
  ["validation", "--validation"],
  ["imageSize", "--image-size"],
  ["normalize", "--normalize"],
  ["stream", "--stream"],
] as const satisfies readonly (readonly [keyof TrainOptions, string])[];

/** So many images of both classes and all others in their shares. */
function some(data: Data, size: number | undefined, option: string, seed: number): Data {
  const count = data.labels.length;
  if (size === undefined || size === count) return data;
  if (size < count) return split(data, size / count, seed).part;
  throw new UsageError(`${option} is out of range, got ${size}, expected at most ${count}`);
}

/** That images are brought to; null where they have one shape and it cannot be changed. */
async function shapeOf(
  source: DataSource,
  size: readonly number[] | undefined,
): Promise<[number, number, number] | null> {
  const usual = await usualShape(source, { preferred: "train" });
  if (size === undefined) return usual;
  const [height, width = height, ...more] = size;
  if (more.length > 0) {
    throw new UsageError(`--image-size has too many numbers, got ${size.join(",")}, expected one or height,width`);
  }
  if (usual !== null) return [usual[0], height, width];
  throw new UsageError(
    `--image-size is for images in files, got ${source.name}, whose images have one size, expected it alone`,
  );
}

/** Images that are looked at: the mean of so many pixels moves no more. */
const mostSamples = 2000;

/** Means and deviations per channel, of evenly spaced images. @throws DataError where a channel has one value only */
async function statisticsOf(data: Data): Promise<ChannelStatistics> {
  const count = data.labels.length;
  const samples = Math.min(count, mostSamples);
  const size = data.imageShape[0] * data.imageShape[1] * data.imageShape[2];
  const images = new Float32Array(samples * size);
  const at = (sample: number): number => Math.floor((sample * count) / samples);
  if (isStream(data)) {
    const batchSize = Math.min(samples, 100);
    const reader = data
      .subset(Int32Array.from({ length: samples }, (_, sample) => at(sample)))
      .read(sequential(samples, { batchSize }));
    try {
      for (let begin = 0; begin < samples; begin += batchSize) {
        const batch = await reader.next();
        images.set(batch.subarray(0, Math.min(batchSize, samples - begin) * size), begin * size);
      }
    } finally {
      reader.close();
    }
  } else {
    for (let sample = 0; sample < samples; sample++) {
      images.set(data.images.subarray(at(sample) * size, (at(sample) + 1) * size), sample * size);
    }
  }
  const statistics = channelStatistics({ ...data, images } as Dataset);
  const flat = statistics.std.indexOf(0);
  if (flat < 0) return statistics;
  throw new DataError(
    `train: channel ${flat} of ${data.name} has one value only, got ${statistics.mean[flat]}, expected several with --normalize`,
    data.name,
  );
}

/** Whether images are MNIST's or have its files' names and size. */
async function isMnist({ kind, name }: DataSource): Promise<boolean> {
  if (kind === "mnist") return true;
  if (kind !== "idx") return false;
  const files = await readdir(name);
  const [images] = idxPair(files, "train") ?? idxPair(files, "test")!;
  const handle = await open(join(name, images));
  try {
    const head = new Uint8Array(2 ** 16);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const stored = head.subarray(0, bytesRead);
    const bytes = images.endsWith(".gz") ? gunzipSync(stored, { finishFlush: constants.Z_SYNC_FLUSH }) : stored;
    const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return header.getUint32(8) === 28 && header.getUint32(12) === 28;
  } catch {
    // what is wrong with it is said by who reads it
    return true;
  } finally {
    await handle.close();
  }
}
