// Parquet files as a stream: rows are read by blocks, and an epoch's order keeps near them.
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { blockOrder } from "tatamijs/streams";
import { parquetFaults } from "../parquet/fault.ts";
import { parquetFiles } from "../parquet/parquet-files.ts";
import {
  decodeParquetImage,
  openParquetImages,
  type ParquetImages,
  type ParquetOptions,
} from "../parquet/parquet-images.ts";
import {
  checkStreamOptions,
  type NamedStream,
  type StreamedImagesOptions,
  streamed,
  usualWorkers,
} from "./stream-options.ts";

export interface StreamedParquetOptions extends StreamedImagesOptions, ParquetOptions {
  /** which of a folder's splits, such as "train"; may be left out where there is one only */
  split?: string | undefined;
}

/** Of encoded images: what is read at once, and what is shuffled together. */
const blockBytes = 2 ** 21;
const windowBytes = 2 ** 26;
const mostBlockRows = 1024;
const mostWindowRows = 2 ** 14;

/**
 * The images and labels of a Parquet file, or of a folder of them as Hugging Face lays it out, for sets larger than memory.
 * Blocks of up to 1,024 rows or 2 MiB come in random order, and those of 16,384 rows or 64 MiB are shuffled together; encoded
 * images of two such windows are held. Drawing with replacement instead reads a block for each image.
 * @throws DataError where files are missing, damaged, or without images and labels; and later, naming file or row, for an
 * image that is damaged or of another shape
 * @throws OptionError for options out of range
 */
export async function streamParquet(path: string, options: StreamedParquetOptions = {}): Promise<NamedStream> {
  checkStreamOptions(options);
  const { split, image, label, pixelShape, pixelOrder, mostPageBytes, mostPixels } = options;
  const parquetOptions = { image, label, pixelShape, pixelOrder, mostPageBytes };
  const files = await parquetFiles(path, split);
  const set = await openParquetImages(files, parquetOptions);
  try {
    if (set.count === 0) throw parquetFaults(path)("has no rows", "0", "at least one");
    const labels = await set.readLabels(0, set.count);
    const classes = set.classes ?? labels.reduce((most, own) => Math.max(most, own), 0) + 1;
    const bytes = (await Promise.all(files.map((file) => stat(file)))).reduce((sum, { size }) => sum + size, 0);
    const { begins, blockRows, windowRows } = blocksOf(set, bytes / set.count);
    const { workers = usualWorkers() } = options;
    return streamed(
      {
        name: path,
        imageShape: options.imageShape ?? (await firstShape(set, mostPixels)),
        labels,
        classNames: set.classNames ?? Array.from({ length: classes }, (_, own) => String(own)),
        identity: files.map((file) => basename(file)).join("\n"),
        first: "the first",
        pathOf: null,
        parquet: {
          files,
          options: parquetOptions,
          begins,
          // batches read ahead may lie in the next window
          kept: Math.ceil((2 * windowRows) / blockRows / Math.max(1, workers)) + 1,
        },
        order: blockOrder(begins, set.count, windowRows),
      },
      options,
    );
  } finally {
    await set.close();
  }
}

interface Blocks {
  /** first row of each */
  readonly begins: Int32Array;
  /** of the largest, at most */
  readonly blockRows: number;
  readonly windowRows: number;
}

/** Row groups, cut where they are large. @param bytes of a row, about */
function blocksOf({ groups }: ParquetImages, bytes: number): Blocks {
  const within = (rows: number, most: number): number => Math.min(most, Math.max(1, Math.floor(rows)));
  const blockRows = within(blockBytes / bytes, mostBlockRows);
  const windowRows = within(windowBytes / bytes, mostWindowRows);
  const begins: number[] = [];
  for (const { begin, rows } of groups) {
    const pieces = Math.ceil(rows / blockRows);
    for (let piece = 0; piece < pieces; piece++) begins.push(begin + Math.floor((piece * rows) / pieces));
  }
  return { begins: Int32Array.from(begins), blockRows, windowRows };
}

async function firstShape(set: ParquetImages, mostPixels: number | undefined): Promise<[number, number, number]> {
  const { images } = await set.readRows(0, 1);
  const source = `row 0 of ${set.files[0]}`;
  const { channels, height, width } = decodeParquetImage(images[0]!, set.pixels, { source, mostPixels });
  return [channels, height, width];
}
