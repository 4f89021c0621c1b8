// Parquet's hybrid of runs and packed bits, in which levels and dictionary indices are written ("Encodings.md", RLE = 3).
import type { ParquetFault } from "./fault.ts";

/**
 * Hands over `count` numbers of `width` bits, equal neighbours of a run together.
 * @throws DataError where the bytes end before, or a number needs more bits than it may
 */
export function eachRun(
  bytes: Uint8Array,
  width: number,
  count: number,
  fault: ParquetFault,
  run: (value: number, times: number) => void,
): void {
  const damaged = (got: string, expected: string): Error => fault("has damaged runs", got, expected);
  if (width > 32) throw damaged(`${width} bits`, "at most 32");
  let at = 0;
  for (let left = count; left > 0; ) {
    let header = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || scale > 2 ** 28) throw damaged(`${count - left} numbers`, `${count}`);
      header += (byte & 127) * scale;
      if (byte < 128) break;
    }
    const half = Math.floor(header / 2);
    if (header % 2 === 0) {
      let value = 0;
      for (let index = 0; index < (width + 7) >> 3; index++) value += (bytes[at++] ?? Number.NaN) * 2 ** (8 * index);
      if (!(value < 2 ** width)) throw damaged(`${value} in a run`, `${width} bits`);
      const times = Math.min(left, half);
      if (times > 0) run(value, times);
      left -= times;
      continue;
    }
    // the last group is full even where its numbers are not wanted; some writers leave its empty bytes out
    const packed = Math.min(left, 8 * half);
    if (packed === 0) continue;
    if ((packed * width) / 8 > bytes.length - at)
      throw damaged(`${bytes.length - at} bytes of bits`, `${packed * width} bits`);
    unpack(bytes.subarray(at), width, packed, run);
    at += width * half;
    left -= packed;
  }
}

/** Bits from the least significant on. @param width at most 45: with those of the byte before, a double holds them */
export function unpack(
  bytes: Uint8Array,
  width: number,
  count: number,
  run: (value: number, times: number) => void,
): void {
  const size = 2 ** width;
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let index = 0; index < count; index++) {
    for (; bits < width; bits += 8) held += bytes[at++]! * 2 ** bits;
    const value = held % size;
    held = (held - value) / size;
    bits -= width;
    run(value, 1);
  }
}
