// Integers as differences to those before, packed into blocks of bits ("Encodings.md", DELTA_BINARY_PACKED = 5), and byte
// strings behind their lengths in this form (DELTA_LENGTH_BYTE_ARRAY = 6).
import type { ParquetFault } from "./fault.ts";
import { unpack } from "./runs.ts";

const mostMiniblocks = 1024;
/** Wider differences are of no labels, pixels or lengths. */
const widest = 45;

/**
 * `count` integers and how many bytes they take.
 * @throws DataError where the bytes end before, or the blocks are not what Parquet has
 */
export function deltaIntegers(
  bytes: Uint8Array,
  count: number,
  fault: ParquetFault,
): { readonly values: Float64Array; readonly end: number } {
  const damaged = (got: string, expected: string): Error => fault("has damaged differences", got, expected);
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw damaged(`${bytes.length} bytes`, "more");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw damaged("a number of more than 10 bytes", "at most 10");
  };
  const signed = (): number => {
    const value = number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const [block, miniblocks, total] = [number(), number(), number()];
  const each = block / miniblocks;
  if (!(miniblocks >= 1 && miniblocks <= mostMiniblocks && Number.isInteger(each / 8) && each >= 8)) {
    throw damaged(`blocks of ${block} in ${miniblocks} parts`, "parts of a multiple of 8");
  }
  if (total !== count) throw damaged(`${total} numbers`, `${count}`);
  const values = new Float64Array(count);
  let value = signed();
  if (count > 0) values[0] = value;
  for (let filled = 1; filled < count; ) {
    const least = signed();
    const widths = bytes.subarray(at, at + miniblocks);
    at += miniblocks;
    for (let part = 0; part < miniblocks && filled < count; part++) {
      const width = widths[part] ?? Number.NaN;
      const length = (width * each) / 8;
      if (!(width <= widest && at + length <= bytes.length))
        throw damaged(`differences of ${width} bits`, "those there are");
      unpack(bytes.subarray(at, at + length), width, Math.min(each, count - filled), (difference) => {
        value += least + difference;
        values[filled++] = value;
      });
      at += length;
    }
  }
  return { values, end: at };
}

/** @throws DataError where the strings do not fill the bytes that are there, or their lengths are damaged */
export function deltaLengthStrings(bytes: Uint8Array, count: number, fault: ParquetFault): Uint8Array[] {
  const { values: lengths, end } = deltaIntegers(bytes, count, fault);
  let at = end;
  return Array.from(lengths, (length) => {
    if (!(length >= 0 && length <= bytes.length - at)) {
      throw fault("has strings out of range", `${length} bytes`, `at most ${bytes.length - at}`);
    }
    at += length;
    return bytes.subarray(at - length, at);
  });
}
