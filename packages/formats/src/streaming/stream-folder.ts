// A folder of images as a stream: a folder within it for each class, read file by file while a model learns.
import { join } from "node:path";
import { labelledFiles } from "../image-folder.ts";
import { checkLimit } from "../limit.ts";
import { readImage } from "../read-image.ts";
import { checkStreamOptions, type NamedStream, type StreamedImagesOptions, streamed } from "./stream-options.ts";

export interface StreamedFolderOptions extends StreamedImagesOptions {
  /** of each class the first images only, an integer ≥ 1 */
  limitPerClass?: number | undefined;
  /** [K], how the folders' classes are numbered, such as those of a training set; default: as their names are sorted */
  classNames?: readonly string[] | undefined;
}

/**
 * The images of `directory/CLASS/NAME.png`, `.jpg` or `.jpeg`, in the order and with the classes of `imageFolder`, for sets
 * larger than memory. What a model learns of it is bit for bit what it learns of `imageFolder`.
 * @throws DataError where there is no image, the first is damaged, or a name leads out of the folder; and later, naming file
 * and index, for one that is damaged or of another shape
 * @throws OptionError for options out of range
 */
export async function streamImageFolder(directory: string, options: StreamedFolderOptions = {}): Promise<NamedStream> {
  const { limitPerClass = Number.POSITIVE_INFINITY, mostPixels } = options;
  checkLimit("streamImageFolder", limitPerClass, "limitPerClass");
  checkStreamOptions(options);
  const { classNames, paths, labels } = await labelledFiles(directory, options);
  const { imageShape } = options;
  const first = imageShape === undefined ? await readImage(join(directory, paths[0]!), { mostPixels }) : null;
  return streamed(
    {
      name: directory,
      imageShape: imageShape ?? [first!.channels, first!.height, first!.width],
      labels,
      classNames,
      identity: paths.join("\n"),
      first: paths[0]!,
      pathOf: (index) => join(directory, paths[index]!),
      parquet: null,
    },
    options,
  );
}
