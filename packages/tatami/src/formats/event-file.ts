// TensorBoard's event files: records of protobuf with checksums, one appended after the other. Bytes only; who writes them
// where is the caller's business. Field numbers are those of tensorflow/core/util/event.proto and framework/summary.proto.
import { crc32c } from "./crc32c.ts";
import { type PixelImage, writePng } from "./png-writer.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";

/** Something to be shown under a tag, such as "test/accuracy". */
export type EventValue = { readonly tag: string } & (
  | { readonly scalar: number }
  /** how these values are distributed */
  | { readonly histogram: ArrayLike<number> }
  | { readonly image: PixelImage }
  /** Markdown */
  | { readonly text: string }
);

export interface Event {
  /** seconds since 1970 */
  readonly wallTime: number;
  /** ≥ 0 */
  readonly step: number;
  readonly values: readonly EventValue[];
}

/** What a file begins with. @param wallTime seconds since 1970 */
export function beginEvents(wallTime: number): Uint8Array<ArrayBuffer> {
  return record(new ProtobufWriter().double(1, wallTime).text(3, "brain.Event:2"));
}

/** Says that the run goes on at `step`: what earlier files of the folder have from there on does not count. */
export function restartEvents(wallTime: number, step: number): Uint8Array<ArrayBuffer> {
  const start = new ProtobufWriter().int(1, 1);
  return record(new ProtobufWriter().double(1, wallTime).int(2, step).message(7, start));
}

export function writeEvent({ wallTime, step, values }: Event): Uint8Array<ArrayBuffer> {
  const summary = new ProtobufWriter();
  for (const value of values) summary.message(1, summaryValue(value));
  return record(new ProtobufWriter().double(1, wallTime).int(2, step).message(5, summary));
}

function summaryValue(value: EventValue): ProtobufWriter {
  const message = new ProtobufWriter().text(1, value.tag);
  if ("scalar" in value) return message.float(2, value.scalar);
  if ("histogram" in value) return message.message(5, histogram(value.histogram));
  if ("image" in value) {
    const { height, width, channels } = value.image;
    const image = new ProtobufWriter().int(1, height).int(2, width).int(3, channels);
    return message.message(4, image.bytes(4, writePng(value.image)));
  }
  const text = 7;
  const shape = new ProtobufWriter().message(2, new ProtobufWriter().int(1, 1));
  const tensor = new ProtobufWriter().int(1, text).message(2, shape).text(8, value.text);
  const plugin = new ProtobufWriter().message(1, new ProtobufWriter().text(1, "text"));
  return message.message(8, tensor).message(9, plugin);
}

const buckets = 30;

/** Equal buckets from the least to the greatest; values that are not finite are left out. */
function histogram(values: ArrayLike<number>): ProtobufWriter {
  const finite = Array.from(values).filter(Number.isFinite);
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let squares = 0;
  for (const value of finite) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    sum += value;
    squares += value * value;
  }
  if (finite.length === 0) [least, greatest] = [0, 0];
  const width = (greatest - least) / buckets;
  const counts = new Array<number>(buckets).fill(0);
  for (const value of finite) {
    const bucket = width === 0 ? 0 : Math.min(buckets - 1, Math.floor((value - least) / width));
    counts[bucket]!++;
  }
  // the upper end of each; rounding must not leave the greatest value outside
  const limits = counts.map((_, index) => (index === buckets - 1 ? greatest : least + width * (index + 1)));
  return new ProtobufWriter()
    .double(1, least)
    .double(2, greatest)
    .double(3, finite.length)
    .double(4, sum)
    .double(5, squares)
    .doubles(6, limits)
    .doubles(7, counts);
}

/** Length, its checksum, the bytes, theirs. */
function record(message: ProtobufWriter): Uint8Array<ArrayBuffer> {
  const data = message.finish();
  const bytes = new Uint8Array(16 + data.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(bytes.subarray(0, 8))), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return bytes;
}

/** Checksums of data that hold checksums are no good: TFRecord turns and shifts them. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
