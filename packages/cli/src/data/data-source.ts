// Data sets as a command line names them: mnist, or a folder of IDX files, of CIFAR's .bin files, of Parquet files, or of a
// folder of images for each class, once or for each split. Where they are and in which splits; opening them is opened-data.ts.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { MnistKind } from "tatamijs/data";
import { editDistance } from "tatamijs-course/frame";
import { cifarKind, imageEndings, isImageName, isParquetName, parquetSplits } from "tatamijs-formats";
import { nearestPath } from "../command/nearest-path.ts";
import { UsageError } from "../command/usage-error.ts";

export const installedKinds: readonly MnistKind[] = ["mnist", "fashion-mnist"];

export const splits = ["train", "test"] as const;

export type Split = (typeof splits)[number];

export type DataKind = MnistKind | "idx" | "cifar-10" | "cifar-100" | "images" | "parquet";

export interface DataSource {
  readonly name: string;
  readonly kind: DataKind;
  /** that are there; images and Parquet files may have none */
  readonly splits: readonly Split[];
  /** where these are: folders within that of images, splits of Parquet files; null for other kinds */
  readonly parts: Readonly<Partial<Record<Split, string>>> | null;
}

/** What splits are called, the preferred name first. */
const splitNames: Readonly<Record<Split, readonly string[]>> = {
  train: ["train", "training"],
  test: ["test", "testing", "validation", "valid", "val"],
};

const idxPattern = /^(train|t10k|test)-(images|labels)[-.]idx\d-ubyte(\.gz)?$/;

/** @throws UsageError where there is no data of that name, with what may have been meant */
export async function dataSource(name: string): Promise<DataSource> {
  const status = await stat(name).catch(() => null);
  if (status?.isFile() && isParquetName(name)) return { name, kind: "parquet", splits: [], parts: {} };
  if (!status?.isDirectory()) {
    const installed = installedKinds.find((kind) => kind === name);
    if (installed !== undefined) return { name, kind: installed, splits, parts: null };
    const got = status === null ? "nothing there" : "a file";
    const close = installedKinds.find((kind) => editDistance(name, kind) <= 2);
    const meant =
      close === undefined ? await nearestPath(name, "mnist, a folder or a Parquet file") : `did you mean ${close}?`;
    throw new UsageError(`no data ${name}, got ${got}, ${meant}`);
  }
  const names = await readdir(name);
  const pairs = splits.filter((split) => idxPair(names, split) !== null);
  if (pairs.length > 0) return { name, kind: "idx", splits: pairs, parts: null };
  const cifarFound = await cifarKind(name);
  if (cifarFound !== null) {
    const there = splits.filter((split) => names.some((file) => cifarSplit(file) === split));
    return { name, kind: cifarFound, splits: there, parts: null };
  }
  if (names.some(isImageName)) {
    throw new UsageError(`the images of ${name} have no class, got files, expected a folder for each class`);
  }
  const found = (await imagesIn(name, names)) ?? (await parquetIn(name));
  if (found !== null) return found;
  throw new UsageError(
    `no data in ${name}, got none, expected a folder of images (${imageEndings.join(", ")}) for each class, Parquet files, MNIST's IDX files or CIFAR's .bin files`,
  );
}

async function imagesIn(name: string, names: readonly string[]): Promise<DataSource | null> {
  const parts: Partial<Record<Split, string>> = {};
  for (const split of splits) {
    for (const candidate of splitNames[split].filter((folder) => names.includes(folder))) {
      // a folder called train may be a class of images of trains
      if (parts[split] === undefined && (await holdsClasses(join(name, candidate)))) parts[split] = candidate;
    }
  }
  const there = splits.filter((split) => parts[split] !== undefined);
  if (there.length > 0) return { name, kind: "images", splits: there, parts };
  return (await holdsClasses(name)) ? { name, kind: "images", splits: [], parts: {} } : null;
}

/** Whether a folder holds folders with images. */
async function holdsClasses(directory: string): Promise<boolean> {
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    if (entry.name.startsWith(".") || entry.isFile()) continue;
    const files = await readdir(join(directory, entry.name)).catch((): string[] => []);
    if (files.some(isImageName)) return true;
  }
  return false;
}

async function parquetIn(name: string): Promise<DataSource | null> {
  const named = await parquetSplits(name);
  if (named === null) return null;
  const parts: Partial<Record<Split, string>> = {};
  for (const split of splits) {
    const found = splitNames[split].find((candidate) => named.includes(candidate));
    if (found !== undefined) parts[split] = found;
  }
  return { name, kind: "parquet", splits: splits.filter((split) => parts[split] !== undefined), parts };
}

function cifarSplit(file: string): Split | null {
  if (/^(data_batch_[1-5]|train)\.bin$/.test(file)) return "train";
  return /^(test_batch|test)\.bin$/.test(file) ? "test" : null;
}

/** The names of the files of IDX images and labels of a split, null where one is missing. */
export function idxPair(names: readonly string[], split: Split): readonly [string, string] | null {
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
