// Data sets as a command line names them: mnist, a folder of IDX files, of CIFAR's .bin files, of Parquet files, or of a folder
// of images for each class; or one Parquet file.
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Dataset, idxDataset, type MnistKind, mnist } from "tatamijs/data";
import { type Idx, readIdx } from "tatamijs/formats";
import { editDistance } from "tatamijs-course/frame";
import {
  cifar,
  cifarKind,
  imageEndings,
  imageFiles,
  imageFolder,
  isParquetName,
  parquetImages,
  parquetSplits,
} from "tatamijs-formats";
import { known } from "../command/known-name.ts";
import { nearestPath } from "../command/nearest-path.ts";
import { UsageError } from "../command/usage-error.ts";

export const installedKinds: readonly MnistKind[] = ["mnist", "fashion-mnist"];

export const splits = ["train", "test"] as const;

export type Split = (typeof splits)[number];

export type DataKind = MnistKind | "idx" | "cifar-10" | "cifar-100" | "parquet" | "images";

export interface DataSource {
  readonly name: string;
  readonly kind: DataKind;
  /** that are there; a folder of images or a Parquet file has none */
  readonly splits: readonly Split[];
}

export interface OpenedData extends Dataset {
  readonly kind: DataKind;
  /** null where the data has no splits */
  readonly split: Split | null;
  /** [K]; null where classes have numbers only */
  readonly classNames: readonly string[] | null;
}

export interface OpenOptions {
  /** default `preferred` where it is there, else the first that is */
  readonly split?: string | undefined;
  readonly preferred?: Split | undefined;
  /** the first images; of a folder of images, of each class */
  readonly limit?: number | undefined;
  /** that images of a folder or of Parquet files are brought to */
  readonly imageShape?: readonly [number, number, number] | undefined;
}

const idxPattern = /^(train|t10k|test)-(images|labels)[-.]idx\d-ubyte(\.gz)?$/;

/** @throws UsageError where there is no data of that name, with what may have been meant */
export async function dataSource(name: string): Promise<DataSource> {
  const status = await stat(name).catch(() => null);
  if (status?.isFile() && isParquetName(name)) return { name, kind: "parquet", splits: [] };
  if (!status?.isDirectory()) {
    const installed = installedKinds.find((kind) => kind === name);
    if (installed !== undefined) return { name, kind: installed, splits };
    const got = status === null ? "nothing there" : "a file";
    const close = installedKinds.find((kind) => editDistance(name, kind) <= 2);
    const meant =
      close === undefined ? await nearestPath(name, "mnist, a folder or a Parquet file") : `did you mean ${close}?`;
    throw new UsageError(`no data ${name}, got ${got}, ${meant}`);
  }
  const names = await readdir(name);
  const found = splits.filter((split) => idxPair(names, split) !== null);
  if (found.length > 0) return { name, kind: "idx", splits: found };
  const cifarFound = await cifarKind(name);
  if (cifarFound !== null) {
    const there = splits.filter((split) => names.some((file) => cifarSplit(file) === split));
    return { name, kind: cifarFound, splits: there };
  }
  const shards = await parquetSplits(name);
  if (shards !== null) {
    const there = splits.filter((split) => shards.includes(split));
    return { name, kind: "parquet", splits: there };
  }
  if (names.some((file) => imageEndings.some((ending) => file.toLowerCase().endsWith(ending)))) {
    throw new UsageError(`the images of ${name} have no class, got files, expected a folder for each class`);
  }
  // says what is missing
  await imageFiles(name);
  return { name, kind: "images", splits: [] };
}

function cifarSplit(file: string): Split | null {
  if (/^(data_batch_[1-5]|train)\.bin$/.test(file)) return "train";
  return /^(test_batch|test)\.bin$/.test(file) ? "test" : null;
}

/** @throws UsageError for a split that is not there @throws DataError where files are missing or damaged */
export async function openData(source: DataSource, options: OpenOptions = {}): Promise<OpenedData> {
  const { name, kind } = source;
  const { limit, imageShape, preferred } = options;
  const asked = options.split === undefined ? undefined : known("split", options.split, splits);
  if (kind === "images") {
    if (asked !== undefined) {
      throw new UsageError(
        `${name} is a folder of images and has no splits, got ${asked}, expected the folder of one split, without --split`,
      );
    }
    return { ...(await imageFolder(name, { imageShape, limitPerClass: limit })), kind, split: null };
  }
  if (kind === "parquet" && source.splits.length === 0) {
    if (asked !== undefined) {
      throw new UsageError(`${name} has no splits, got ${asked}, expected it without --split`);
    }
    return { ...(await parquetImages(name, { imageShape, limit })), kind, split: null };
  }
  const wanted = asked ?? source.splits.find((split) => split === preferred) ?? source.splits[0];
  if (!source.splits.includes(wanted)) {
    throw new UsageError(`${name} has no ${wanted} split, got ${source.splits.join(" and ")}, expected one of them`);
  }
  if (kind === "idx") return { ...(await idxFolder(name, wanted, limit)), kind, split: wanted, classNames: null };
  if (kind === "parquet") {
    return { ...(await parquetImages(name, { split: wanted, imageShape, limit })), kind, split: wanted };
  }
  if (kind === "cifar-10" || kind === "cifar-100") {
    return { ...(await cifar({ directory: name, split: wanted, kind, limit })), kind, split: wanted };
  }
  return { ...(await mnist({ split: wanted, kind, limit })), kind, split: wanted, classNames: null };
}

/** The names of the images and labels of a split. */
function idxPair(names: readonly string[], split: Split): readonly [string, string] | null {
  const file = (content: string): string | undefined =>
    names
      .filter((name) => {
        const [, prefix, found] = idxPattern.exec(name) ?? [];
        return found === content && (prefix === "train") === (split === "train");
      })
      // plain before gzip
      .sort((a, b) => a.length - b.length)[0];
  const [images, labels] = [file("images"), file("labels")];
  return images === undefined || labels === undefined ? null : [images, labels];
}

async function idxFolder(directory: string, split: Split, limit: number | undefined): Promise<Dataset> {
  const read = async (name: string): Promise<Idx> => {
    const path = join(directory, name);
    return readIdx(await readFile(path), { source: path, limit });
  };
  const [images, labels] = idxPair(await readdir(directory), split)!;
  return idxDataset(await read(images), await read(labels), { name: basename(directory) });
}
