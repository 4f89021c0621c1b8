// A folder of images as a data set: a folder within it for each class. Reads it whole into memory; only what lies in the
// folder itself is read, however links point.
import { readdir, realpath } from "node:fs/promises";
import { extname, join } from "node:path";
import { arrayDataset, type Dataset } from "tatamijs/data";
import { fitted } from "./fitted.ts";
import { imageFaults } from "./image.ts";
import { checkLimit } from "./limit.ts";
import { pathWithin } from "./path-within.ts";
import { imageEndings, readImage } from "./read-image.ts";

export interface ImageFolderOptions {
  /** [C, H, W] that every image is brought to, C 1 or 3; default: that of the first, which all must then have */
  imageShape?: readonly [number, number, number] | undefined;
  /** of each class the first images only, an integer ≥ 1 */
  limitPerClass?: number | undefined;
  /** refuse larger images before they are decoded; default 2²⁶ */
  mostPixels?: number | undefined;
  /** [K], how the folders' classes are numbered, such as those of a training set; default: as their names are sorted */
  classNames?: readonly string[] | undefined;
}

/** A data set whose classes have names. */
export interface NamedDataset extends Dataset {
  /** [K] */
  readonly classNames: readonly string[];
}

export interface ImageFolder extends NamedDataset {
  /** [N], within the folder */
  readonly paths: readonly string[];
}

export interface ImageFiles {
  /** [K], sorted */
  readonly classNames: readonly string[];
  /** of each class, paths within the folder, sorted */
  readonly files: readonly (readonly string[])[];
}

/**
 * The images of `directory/CLASS/NAME.png`, `.jpg` or `.jpeg`. Classes are numbered in the order of their sorted names; other
 * files and names that begin with a dot are passed over.
 * @returns images [N, C, H, W] in [0, 1], by class and then by name
 * @throws DataError where there is no image, one is damaged or of another shape, or a name leads out of the folder
 * @throws OptionError for a limit below 1
 */
export async function imageFolder(directory: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  const { limitPerClass = Number.POSITIVE_INFINITY, mostPixels } = options;
  checkLimit("imageFolder", limitPerClass, "limitPerClass");
  const { classNames, paths, labels } = await labelledFiles(directory, options);
  let shape = options.imageShape;
  let pixels = new Uint8Array(0);
  for (const [index, path] of paths.entries()) {
    const source = join(directory, path);
    const read = await readImage(source, { mostPixels });
    shape ??= [read.channels, read.height, read.width];
    const size = shape[0] * shape[1] * shape[2];
    if (index === 0) pixels = pixelsFor(paths.length * size, directory);
    const fitting = { imageShape: shape, resized: options.imageShape !== undefined, first: paths[0]! };
    pixels.set(fitted("imageFolder", read, fitting, source), index * size);
  }
  const set = arrayDataset({ images: pixels, labels, imageShape: shape!, classes: classNames.length, name: directory });
  return { ...set, classNames, paths };
}

interface LabelledFiles {
  readonly classNames: readonly string[];
  /** within the folder */
  readonly paths: readonly string[];
  readonly labels: Int32Array;
}

/** The images of a folder with their classes. @throws DataError as `imageFiles`, and for a class that has no number */
export async function labelledFiles(
  directory: string,
  { limitPerClass, classNames }: Pick<ImageFolderOptions, "limitPerClass" | "classNames">,
): Promise<LabelledFiles> {
  const { classNames: own, files } = await imageFiles(directory);
  const known = classNames ?? own;
  const paths: string[] = [];
  const labels: number[] = [];
  for (const [place, name] of own.entries()) {
    const label = known.indexOf(name);
    if (label < 0) throw imageFaults("imageFolder", directory)("has a class of no number", name, known.join(", "));
    for (const path of files[place]!.slice(0, limitPerClass)) {
      paths.push(path);
      labels.push(label);
    }
  }
  return { classNames: known, paths, labels: Int32Array.from(labels) };
}

/**
 * What a folder of images holds, without reading any.
 * @throws DataError where there is no image or a name leads out of the folder
 */
export async function imageFiles(directory: string): Promise<ImageFiles> {
  const fault = imageFaults("imageFolder", directory);
  const root = await realpath(directory).catch((cause: Error) => {
    throw fault("cannot be read", JSON.stringify(cause.message), "a folder with a folder for each class", cause);
  });
  const found: [string, string[]][] = [];
  for (const name of await namesIn(directory, fault)) {
    const inside = await pathWithin(root, join(directory, name), fault);
    const names = await readdir(inside).catch((cause: NodeJS.ErrnoException) => {
      // files beside the classes, such as a licence
      if (cause.code === "ENOTDIR") return null;
      throw fault("cannot be read", JSON.stringify(cause.message), "readable folders", cause);
    });
    if (names === null) continue;
    const images = names.filter((file) => !file.startsWith(".") && isImageName(file)).sort();
    for (const file of images) await pathWithin(root, join(directory, name, file), fault);
    if (images.length > 0) found.push([name, images.map((file) => join(name, file))]);
  }
  if (found.length === 0) {
    throw fault(
      "holds no images",
      "none",
      `a folder for each class, with files that end in ${imageEndings.join(", ")}`,
    );
  }
  return { classNames: found.map(([name]) => name), files: found.map(([, files]) => files) };
}

async function namesIn(directory: string, fault: ReturnType<typeof imageFaults>): Promise<string[]> {
  const names = await readdir(directory).catch((cause: Error) => {
    throw fault("cannot be read", JSON.stringify(cause.message), "a folder with a folder for each class", cause);
  });
  return names.filter((name) => !name.startsWith(".")).sort();
}

export function isImageName(name: string): boolean {
  return (imageEndings as readonly string[]).includes(extname(name).toLowerCase());
}

function pixelsFor(length: number, directory: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw imageFaults("imageFolder", directory)("is too large for memory", `${length} bytes`, "fewer images", cause);
  }
}
