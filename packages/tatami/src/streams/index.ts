// The public names of streams/: images that are read while a model learns from those before. Not part of `tatamijs` itself,
// so that pages do not load it.
/** @module tatamijs/streams */
export { blockOrder } from "./block-order.ts";
export { type ImageStreamOptions, imageStream } from "./prefetched.ts";
export { type ImageReader, type ImageStream, isStream } from "../data/image-stream.ts";
export { type Subsets, split } from "./split.ts";
