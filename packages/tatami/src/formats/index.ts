// The public names of formats/: files that need no dependency.
/** @module tatamijs/formats */
export type { ArrayData, ArrayMap } from "./array-data.ts";
export { type BinaryInput, type ByteSource, openSource } from "./byte-source.ts";
export {
  openSafetensors,
  type ReadSafetensorsOptions,
  readSafetensors,
  type Safetensors,
  type SafetensorsFile,
} from "./read-safetensors.ts";
export type { SafetensorsDType, SafetensorsEntry } from "./safetensors.ts";
export { saveSafetensors, type WriteSafetensorsOptions, writeSafetensors } from "./write-safetensors.ts";
export { type ReadNpyOptions, readNpy, saveNpy } from "./read-npy.ts";
export { writeNpy } from "./npy.ts";
export { type NpzFile, openNpz, type ReadNpzOptions, readNpz, saveNpz, type WriteNpzOptions, writeNpz } from "./npz.ts";
export { type Idx, type IdxDType, type IdxValues, writeIdx } from "./idx.ts";
export { type ReadIdxOptions, readIdx } from "./read-idx.ts";
export { beginEvents, type Event, type EventValue, restartEvents, writeEvent } from "./event-file.ts";
export { type PixelImage, writePng } from "./png-writer.ts";
export { crc32 } from "./crc32.ts";
export { decodeFloat16 } from "./half-floats.ts";
export { quoted } from "./file-fault.ts";
export { partsWithin, realPathWithin } from "./path-within.ts";
