// The public names of formats/: files that need no dependency.
/** @module tatamijs/formats */
export { type Idx, type IdxDType, type IdxValues, writeIdx } from "./idx.ts";
export { type ReadIdxOptions, readIdx } from "./read-idx.ts";
