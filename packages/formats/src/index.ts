// The public names of the package: files that Tatami reads with the help of others.
/** @module tatamijs-formats */

export {
  type CifarBytesOptions,
  type CifarKind,
  type CifarOptions,
  cifar,
  cifarFromBytes,
  cifarKind,
} from "./cifar.ts";
export { centreDigit, type DigitOptions } from "./digit.ts";
export { type Image, type ImageLimits, planesOf } from "./image.ts";
export {
  type ImageFiles,
  type ImageFolder,
  type ImageFolderOptions,
  imageFiles,
  imageFolder,
  isImageName,
  type NamedDataset,
} from "./image-folder.ts";
export { type ParquetDatasetOptions, parquetImages } from "./parquet/parquet-dataset.ts";
export { isParquetName, parquetFiles, parquetSplits } from "./parquet/parquet-files.ts";
export {
  decodeParquetImage,
  openParquetImages,
  type ParquetGroup,
  type ParquetImages,
  type ParquetOptions,
  type ParquetRows,
} from "./parquet/parquet-images.ts";
export type { PixelLayout } from "./parquet/pixel-layout.ts";
export { imageEndings, readImage } from "./read-image.ts";
export { invert, resize, toChannels } from "./resize.ts";
export { type StreamedFolderOptions, streamImageFolder } from "./streaming/stream-folder.ts";
export type { NamedStream, StreamedImagesOptions } from "./streaming/stream-options.ts";
export { type StreamedParquetOptions, streamParquet } from "./streaming/stream-parquet.ts";
export { type LayersContent, layersFile } from "./tfjs/layers-content.ts";
export { type LayersModel, type LayersModelOptions, layersModelOf, loadLayersModel } from "./tfjs/layers-model.ts";
export type { Weight } from "./tfjs/manifest.ts";
export type { KerasLayer } from "./tfjs/topology.ts";
