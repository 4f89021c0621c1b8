// What a thread needs to know to decode images of a set, as plain data that can be sent to it.
import type { Fitting } from "../fitted.ts";
import type { ParquetOptions } from "../parquet/parquet-images.ts";

export interface DecodePlan extends Fitting {
  /** of the set, for messages */
  readonly name: string;
  readonly mostPixels: number | undefined;
  /** [C, 256]: what each byte becomes in each channel */
  readonly values: Float32Array;
  readonly cache: PixelCache | null;
  /** null where images are files of their own */
  readonly parquet: ParquetPlan | null;
}

/** Pixels of the first images of the set, once they have been decoded; shared by all threads. */
export interface PixelCache {
  /** how many images it has room for */
  readonly images: number;
  /** [images, C, H, W] */
  readonly pixels: Uint8Array;
  /** [images], 1 where there are pixels */
  readonly present: Uint8Array;
}

export interface ParquetPlan {
  readonly files: readonly string[];
  readonly options: ParquetOptions;
  /** first row of each block; blocks are read as a whole */
  readonly begins: Int32Array;
  /** blocks that a thread keeps */
  readonly kept: number;
}

/** Images of one batch, to be decoded by one thread. */
export interface DecodeTask {
  /** in the set */
  readonly indices: Int32Array;
  /** of each, where in the batch it goes */
  readonly places: Int32Array;
  /** of each, where it lies; null for rows of Parquet files */
  readonly paths: readonly string[] | null;
  /** [batchSize, C, H, W], memory that is shared */
  readonly pixels: Float32Array;
}

/** What a thread answers. */
export interface DecodeAnswer {
  readonly id: number;
  /** null where all went well */
  readonly fault: { readonly message: string; readonly source: string | null } | null;
}

/** The block that a row lies in. */
export function blockOf(begins: Int32Array, row: number): number {
  let [low, high] = [0, begins.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (begins[middle]! <= row) low = middle;
    else high = middle;
  }
  return low;
}
