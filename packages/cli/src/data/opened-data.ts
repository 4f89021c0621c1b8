// Data sets opened: in memory where there is room for them, as streams where there is not or where that is asked for.
import { readdir, readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { basename, join } from "node:path";
import { formatBytes } from "tatamijs/compile";
import {
  type ChannelStatistics,
  type Dataset,
  type ImageStream,
  idxDataset,
  mnist,
  normalize,
  take,
} from "tatamijs/data";
import { type Idx, readIdx } from "tatamijs/formats";
import {
  cifar,
  decodeParquetImage,
  imageFiles,
  imageFolder,
  openParquetImages,
  parquetFiles,
  parquetImages,
  readImage,
  streamImageFolder,
  streamParquet,
} from "tatamijs-formats";
import { known } from "../command/known-name.ts";
import { UsageError } from "../command/usage-error.ts";
import { type DataKind, type DataSource, idxPair, type Split, splits } from "./data-source.ts";

interface Opened {
  readonly kind: DataKind;
  /** null where the data has no splits */
  readonly split: Split | null;
  /** [K]; null where classes have numbers only */
  readonly classNames: readonly string[] | null;
}

export interface OpenedData extends Dataset, Opened {}

export interface OpenedStream extends ImageStream, Opened {}

export interface OpenOptions {
  /** default `preferred` where it is there, else the first that is */
  readonly split?: string | undefined;
  readonly preferred?: Split | undefined;
  /** the first images; of a folder of images, of each class */
  readonly limit?: number | undefined;
  /** that images of a folder or of Parquet files are brought to */
  readonly imageShape?: readonly [number, number, number] | undefined;
  /** how the classes of a folder are numbered */
  readonly classNames?: readonly string[] | undefined;
}

/** @throws UsageError for a split that is not there */
export function chosenSplit(
  source: DataSource,
  { split, preferred }: Pick<OpenOptions, "split" | "preferred">,
): Split | null {
  const { name, kind } = source;
  const asked = split === undefined ? undefined : known("split", split, splits);
  if (source.splits.length === 0) {
    if (asked === undefined) return null;
    if (kind === "parquet") throw new UsageError(`${name} has no splits, got ${asked}, expected it without --split`);
    throw new UsageError(
      `${name} is a folder of images and has no splits, got ${asked}, expected the folder of one split, without --split`,
    );
  }
  const wanted = asked ?? source.splits.find((there) => there === preferred) ?? source.splits[0];
  if (source.splits.includes(wanted)) return wanted;
  throw new UsageError(`${name} has no ${wanted} split, got ${source.splits.join(" and ")}, expected one of them`);
}

/** Of the images of a split. */
export function folderOf({ name, parts }: DataSource, split: Split | null): string {
  return split === null ? name : join(name, parts![split]!);
}

/** What Parquet files call a split. */
export function partOf({ parts }: DataSource, split: Split | null): string | undefined {
  return split === null ? undefined : parts![split];
}

/** In memory. @throws UsageError for a split that is not there @throws DataError where files are missing or damaged */
export async function openData(source: DataSource, options: OpenOptions = {}): Promise<OpenedData> {
  const { name, kind } = source;
  const { limit, imageShape, classNames } = options;
  const split = chosenSplit(source, options);
  if (kind === "images") {
    const set = await imageFolder(folderOf(source, split), { imageShape, limitPerClass: limit, classNames });
    return { ...set, kind, split };
  }
  if (kind === "parquet") {
    return { ...(await parquetImages(name, { split: partOf(source, split), imageShape, limit })), kind, split };
  }
  if (kind === "idx") return { ...(await idxFolder(name, split!, limit)), kind, split, classNames: null };
  if (kind === "cifar-10" || kind === "cifar-100") {
    return { ...(await cifar({ directory: name, split: split!, kind, limit })), kind, split };
  }
  return { ...(await mnist({ split: split!, kind, limit })), kind, split, classNames: null };
}

async function idxFolder(directory: string, split: Split, limit: number | undefined): Promise<Dataset> {
  const read = async (name: string): Promise<Idx> => {
    const path = join(directory, name);
    return readIdx(await readFile(path), { source: path, limit });
  };
  const [images, labels] = idxPair(await readdir(directory), split)!;
  return idxDataset(await read(images), await read(labels), { name: basename(directory) });
}

export interface StreamingOptions extends OpenOptions {
  /** per channel, taken off and divided by */
  readonly normalization?: ChannelStatistics | undefined;
  /** whether to stream; default: what is too large for memory */
  readonly stream?: boolean | undefined;
}

/** Whether data are in memory, and why. */
export interface Residence {
  readonly streamed: boolean;
  /** such as "in memory (3.0 MiB)" */
  readonly words: string;
}

/** Pixels of more bytes are streamed: an eighth of the machine's memory, and 1 GiB at most. */
export function mostResidentBytes(): number {
  return Math.min(2 ** 30, totalmem() / 8);
}

/**
 * Whether a split is to be streamed.
 * @param imageShape [C, H, W] that its images have or are brought to
 * @throws UsageError where a stream is asked of data that have to be in memory
 */
export async function residenceOf(
  source: DataSource,
  imageShape: readonly [number, number, number],
  options: StreamingOptions,
): Promise<Residence> {
  const { kind, name } = source;
  if (kind !== "images" && kind !== "parquet") {
    if (!options.stream) return { streamed: false, words: "in memory" };
    throw new UsageError(`--stream is for folders of images and Parquet files, got ${name}, expected it alone`);
  }
  const count = await countOf(source, chosenSplit(source, options), options.limit);
  const bytes = 4 * count * imageShape[0] * imageShape[1] * imageShape[2];
  if (options.stream) return { streamed: true, words: `streamed, as asked for (${formatBytes(bytes)} of pixels)` };
  const most = mostResidentBytes();
  if (bytes <= most || options.stream === false) return { streamed: false, words: `in memory (${formatBytes(bytes)})` };
  const words = `streamed: ${formatBytes(bytes)} of pixels are more than the ${formatBytes(most)} for data in memory`;
  return { streamed: true, words };
}

async function countOf(source: DataSource, split: Split | null, limit = Number.POSITIVE_INFINITY): Promise<number> {
  if (source.kind === "images") {
    const { files } = await imageFiles(folderOf(source, split));
    return files.reduce((sum, names) => sum + Math.min(limit, names.length), 0);
  }
  const set = await openParquetImages(await parquetFiles(source.name, partOf(source, split)));
  await set.close();
  return Math.min(limit, set.count);
}

/** In memory or not. @throws as openData */
export async function openEither(
  source: DataSource,
  streamed: boolean,
  options: StreamingOptions = {},
): Promise<OpenedData | OpenedStream> {
  const { imageShape, normalization, limit, classNames } = options;
  if (!streamed) {
    const data = await openData(source, options);
    return normalization === undefined ? data : { ...data, ...normalize(data, normalization) };
  }
  const { kind, name } = source;
  const split = chosenSplit(source, options);
  if (kind === "images") {
    const open = { imageShape, normalization, limitPerClass: limit, classNames };
    return { ...(await streamImageFolder(folderOf(source, split), open)), kind, split };
  }
  const stream = await streamParquet(name, { split: partOf(source, split), imageShape, normalization });
  const some = limit === undefined || limit >= stream.labels.length ? stream : take(stream, limit);
  return { ...some, classNames: stream.classNames, kind, split };
}

/** Images of this size are taken as they are; larger ones are made smaller unless that is asked for. */
const usualSide = 64;

/** So many classes are looked at: one photograph among drawings makes a set of colours. */
const lookedAt = 20;

/**
 * [C, H, W] of the images of a folder or of Parquet files: colours where some have them, and the first one's size, at most
 * `usualSide`; null for other data, which have one shape.
 */
export async function usualShape(
  source: DataSource,
  options: Pick<OpenOptions, "split" | "preferred">,
): Promise<[number, number, number] | null> {
  const { kind, name } = source;
  const split = chosenSplit(source, options);
  if (kind === "images") {
    const folder = folderOf(source, split);
    const { files } = await imageFiles(folder);
    const images = [];
    for (const [path] of files.slice(0, lookedAt)) images.push(await readImage(join(folder, path)));
    const channels = images.some((image) => image.channels === 3) ? 3 : 1;
    return [channels, ...within(images[0].height, images[0].width)];
  }
  if (kind !== "parquet") return null;
  const set = await openParquetImages(await parquetFiles(name, partOf(source, split)));
  try {
    const { images } = await set.readRows(0, Math.min(1, set.count));
    if (images.length === 0) throw new UsageError(`${name} has no rows, got 0, expected some`);
    const { channels, height, width } = decodeParquetImage(images[0], set.pixels, { source: `row 0 of ${name}` });
    return [channels, ...within(height, width)];
  } finally {
    await set.close();
  }
}

function within(height: number, width: number): [number, number] {
  const scale = Math.min(1, usualSide / Math.max(height, width));
  return [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
}
