// Decodes images of a set into batches, in whatever thread it is: files as they are asked for, rows of Parquet files by blocks
// of which some are kept.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { DataError } from "tatamijs/shape";
import { fitted } from "../fitted.ts";
import type { Image } from "../image.ts";
import {
  decodeParquetImage,
  openParquetImages,
  type ParquetImages,
  type ParquetRows,
} from "../parquet/parquet-images.ts";
import { decodeImage, fileFault, mostBytes } from "../read-image.ts";
import { blockOf, type DecodePlan, type DecodeTask, type ParquetPlan } from "./decode-plan.ts";

export class Decoder {
  readonly #plan: DecodePlan;
  readonly #rows: RowReader | null;
  readonly #size: number;
  /** one task at a time: rows are read in their order */
  #last: Promise<unknown> = Promise.resolve();

  constructor(plan: DecodePlan) {
    this.#plan = plan;
    this.#rows = plan.parquet === null ? null : new RowReader(plan.parquet);
    this.#size = plan.imageShape[0] * plan.imageShape[1] * plan.imageShape[2];
  }

  /** @throws DataError naming the image that is damaged */
  decode(task: DecodeTask): Promise<void> {
    const done = this.#last.then(() => this.#decode(task));
    this.#last = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#rows?.close();
  }

  async #decode({ indices, places, paths, pixels }: DecodeTask): Promise<void> {
    for (const [number, index] of indices.entries()) {
      const begin = places[number]! * this.#size;
      const target = pixels.subarray(begin, begin + this.#size);
      const kept = this.#kept(index);
      if (kept !== null) {
        this.#convert(kept, target);
        continue;
      }
      try {
        const bytes =
          paths === null
            ? await this.#ofRow(index)
            : this.#fitted(imageOfFile(paths[number]!, this.#plan), paths[number]!);
        this.#keep(index, bytes);
        this.#convert(bytes, target);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        const message = `${error.message}; it is image ${index} of ${this.#plan.name}`;
        throw new DataError(message, error.source, { cause: error });
      }
    }
  }

  async #ofRow(index: number): Promise<Uint8Array> {
    const { mostPixels, name } = this.#plan;
    const { bytes, layout } = await this.#rows!.row(index);
    const source = `row ${index} of ${name}`;
    return this.#fitted(decodeParquetImage(bytes, layout, { source, mostPixels }), source);
  }

  #fitted(image: Image, source: string): Uint8Array {
    return fitted("stream", image, this.#plan, source);
  }

  #convert(bytes: Uint8Array, target: Float32Array): void {
    const { values, imageShape } = this.#plan;
    const plane = imageShape[1] * imageShape[2];
    for (let channel = 0; channel < imageShape[0]; channel++) {
      const table = values.subarray(channel * 256, channel * 256 + 256);
      const end = (channel + 1) * plane;
      for (let at = channel * plane; at < end; at++) target[at] = table[bytes[at]!]!;
    }
  }

  #kept(index: number): Uint8Array | null {
    const { cache } = this.#plan;
    if (cache === null || index >= cache.images || Atomics.load(cache.present, index) === 0) return null;
    return cache.pixels.subarray(index * this.#size, (index + 1) * this.#size);
  }

  #keep(index: number, bytes: Uint8Array): void {
    const { cache } = this.#plan;
    if (cache === null || index >= cache.images) return;
    cache.pixels.set(bytes, index * this.#size);
    // only now may other threads read them
    Atomics.store(cache.present, index, 1);
  }
}

/** Like readImage, but at once: a thread that decodes has nothing else to do, and waiting costs more than reading. */
function imageOfFile(path: string, { mostPixels }: DecodePlan): Image {
  let file: number | null = null;
  let bytes: Uint8Array;
  try {
    // opening a pipe would wait for its writer
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = fstatSync(file);
    if (!status.isFile()) throw new Error("a folder, pipe or device");
    if (status.size > mostBytes) throw new Error(`${status.size} bytes`);
    bytes = new Uint8Array(status.size);
    for (let filled = 0; filled < bytes.length; ) {
      const read = readSync(file, bytes, filled, bytes.length - filled, null);
      if (read === 0) throw new Error(`end of file at offset ${filled} of ${status.size}`);
      filled += read;
    }
  } catch (cause) {
    throw fileFault(path, cause);
  } finally {
    if (file !== null) closeSync(file);
  }
  return decodeImage(bytes, { source: path, mostPixels });
}

/** Rows of Parquet files by blocks, of which the ones used last are kept. */
class RowReader {
  readonly #plan: ParquetPlan;
  #set: Promise<ParquetImages> | null = null;
  readonly #blocks = new Map<number, ParquetRows>();

  constructor(plan: ParquetPlan) {
    this.#plan = plan;
  }

  async row(index: number): Promise<{ bytes: Uint8Array; layout: ParquetImages["pixels"] }> {
    const { files, options, begins, kept } = this.#plan;
    this.#set ??= openParquetImages(files, options);
    const set = await this.#set;
    const block = blockOf(begins, index);
    let rows = this.#blocks.get(block);
    if (rows === undefined) {
      rows = await set.readRows(begins[block]!, begins[block + 1] ?? set.count);
      if (this.#blocks.size >= kept) this.#blocks.delete(this.#blocks.keys().next().value!);
    } else this.#blocks.delete(block);
    // the last of the map is the one used last
    this.#blocks.set(block, rows);
    return { bytes: rows.images[index - begins[block]!]!, layout: set.pixels };
  }

  async close(): Promise<void> {
    await (await this.#set?.catch(() => null))?.close();
  }
}
