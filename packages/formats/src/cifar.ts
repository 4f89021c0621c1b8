// CIFAR-10 and CIFAR-100 (Krizhevsky 2009) in their binary version: records of one label, or a coarse and a fine one, and
// 3 × 32 × 32 bytes. From the user's folder or bytes; nothing is downloaded.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { arrayDataset } from "tatamijs/data";
import { imageFaults } from "./image.ts";
import type { NamedDataset } from "./image-folder.ts";
import { checkLimit } from "./limit.ts";
import { fileBytes } from "./read-image.ts";

export type CifarKind = "cifar-10" | "cifar-100";

export interface CifarOptions {
  /** the folder of the .bin files */
  directory: string;
  split: "train" | "test";
  /** default: told by the names of the files */
  kind?: CifarKind | undefined;
  /** CIFAR-100's 20 coarse or 100 fine classes; default "fine" */
  labels?: "fine" | "coarse" | undefined;
  /** the first images only, an integer ≥ 1, all where there are fewer */
  limit?: number | undefined;
}

export interface CifarBytesOptions {
  /** default "cifar-10" */
  kind?: CifarKind | undefined;
  /** default "fine" */
  labels?: "fine" | "coarse" | undefined;
  /** [K]; default: the numbers of the classes */
  classNames?: readonly string[] | undefined;
  /** for messages; default "the data" */
  source?: string | undefined;
  limit?: number | undefined;
}

const imageShape = [3, 32, 32] as const;
const imageBytes = 3 * 32 * 32;

const files: Readonly<Record<CifarKind, { readonly train: readonly string[]; readonly test: readonly string[] }>> = {
  "cifar-10": { train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`), test: ["test_batch.bin"] },
  "cifar-100": { train: ["train.bin"], test: ["test.bin"] },
};

const nameFiles = { "cifar-10": "batches.meta.txt", fine: "fine_label_names.txt", coarse: "coarse_label_names.txt" };

/** The kind whose files are in a folder, null where neither's are. @throws DataError where it cannot be read */
export async function cifarKind(directory: string): Promise<CifarKind | null> {
  const names = await readdir(directory).catch((cause: Error) => {
    throw imageFaults("cifar", directory)("cannot be read", JSON.stringify(cause.message), "a folder", cause);
  });
  const kinds = Object.keys(files) as CifarKind[];
  return (
    kinds.find((kind) => Object.values(files[kind]).some((list) => list.some((name) => names.includes(name)))) ?? null
  );
}

/**
 * One split of CIFAR-10 or CIFAR-100. Of CIFAR-10's training batches those that are there are read, in order.
 * @returns images [N, 3, 32, 32] in [0, 1]
 * @throws DataError where files are missing or damaged
 * @throws OptionError for a limit that is not an integer ≥ 1
 */
export async function cifar(options: CifarOptions): Promise<NamedDataset> {
  const { directory, split, labels = "fine", limit } = options;
  const fault = imageFaults("cifar", directory);
  const kind = options.kind ?? (await cifarKind(directory));
  const wanted: readonly string[] = kind === null ? [] : files[kind][split];
  const there = await readdir(directory).catch((): string[] => []);
  const present = wanted.filter((name) => there.includes(name));
  if (kind === null || present.length === 0) {
    const expected = kind === null ? "data_batch_1.bin (CIFAR-10) or train.bin (CIFAR-100)" : wanted.join(", ");
    throw fault(`has no ${split} files`, "none", expected);
  }
  const nameFile = nameFiles[kind === "cifar-10" ? kind : labels];
  const classNames = there.includes(nameFile) ? await namesOf(join(directory, nameFile)) : undefined;
  const pieces: Uint8Array[] = [];
  for (const name of present) {
    const path = join(directory, name);
    const bytes = await fileBytes(path, path);
    checkLength(bytes, kind, path);
    pieces.push(bytes);
  }
  return cifarFromBytes(Buffer.concat(pieces), { kind, labels, classNames, source: directory, limit });
}

async function namesOf(path: string): Promise<string[]> {
  return new TextDecoder()
    .decode(await fileBytes(path, path))
    .split(/\r?\n/)
    .filter((name) => name !== "");
}

function checkLength(bytes: Uint8Array, kind: CifarKind, source: string): void {
  const record = (kind === "cifar-10" ? 1 : 2) + imageBytes;
  if (bytes.length > 0 && bytes.length % record === 0) return;
  throw imageFaults("cifar", source)(
    `is cut in a record at offset ${bytes.length - (bytes.length % record)}`,
    `${bytes.length} bytes`,
    `a multiple of ${record} for ${kind}`,
  );
}

/**
 * A data set of the bytes of one binary file.
 * @throws DataError where they are no whole records or a label is out of range
 * @throws OptionError for a limit that is not an integer ≥ 1
 */
export function cifarFromBytes(bytes: Uint8Array, options: CifarBytesOptions = {}): NamedDataset {
  const { kind = "cifar-10", labels = "fine", source = "the data", limit = Number.POSITIVE_INFINITY } = options;
  const fault = imageFaults("cifar", source);
  checkLimit("cifar", limit);
  checkLength(bytes, kind, source);
  const labelBytes = kind === "cifar-10" ? 1 : 2;
  const record = labelBytes + imageBytes;
  const count = Math.min(limit, bytes.length / record);
  const classes = kind === "cifar-10" ? 10 : labels === "fine" ? 100 : 20;
  const { classNames = Array.from({ length: classes }, (_, index) => String(index)) } = options;
  if (classNames.length !== classes) {
    throw fault("has wrong class names", `${classNames.length}`, `${classes}`);
  }
  const place = kind === "cifar-100" && labels === "fine" ? 1 : 0;
  const classOf = new Int32Array(count);
  const images = new Uint8Array(count * imageBytes);
  for (let index = 0; index < count; index++) {
    const begin = index * record;
    const label = bytes[begin + place]!;
    if (label >= classes) {
      throw fault(`has a label out of range at offset ${begin + place}`, `${label}`, `0 to ${classes - 1}`);
    }
    classOf[index] = label;
    images.set(bytes.subarray(begin + labelBytes, begin + record), index * imageBytes);
  }
  return { ...arrayDataset({ images, labels: classOf, imageShape, classes, name: source }), classNames };
}
