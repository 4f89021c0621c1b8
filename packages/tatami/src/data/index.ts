// The public names of data/: data sets, where they come from, and the batches a step sees.
import "../devices.ts";
import "../tensor/methods.ts";

export { type Batch, copyBatch, DataLoader, type DataLoaderOptions } from "./data-loader.ts";
export { type ArrayDatasetOptions, arrayDataset, type Dataset, type LabelledImages, take } from "./dataset.ts";
export { type ImageReader, type ImageStream, isStream } from "./image-stream.ts";
export { type IdxDatasetOptions, idxDataset } from "./idx-dataset.ts";
export { type MnistBytesOptions, type MnistKind, type MnistOptions, mnist, mnistFromBytes } from "./mnist.ts";
export { type ChannelStatistics, channelStatistics, normalize } from "./normalize.ts";
export {
  type ReplacementOptions,
  type Sampler,
  type SamplerOptions,
  type ShuffledOptions,
  sequential,
  shuffled,
  withReplacement,
} from "./sampler.ts";
