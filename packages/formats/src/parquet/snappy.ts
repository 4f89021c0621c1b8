// Snappy's raw format (google/snappy, format_description.txt): literals and copies of what came before.
import type { ParquetFault } from "./fault.ts";

/** A copy of 3 bytes gives 64 at most. */
const mostExpansion = 22;

/**
 * @param size in bytes, of what comes out
 * @throws DataError where the bytes are damaged or give another size; memory is taken only for what they can give
 */
export function inflateSnappy(bytes: Uint8Array, size: number, fault: ParquetFault): Uint8Array {
  const damaged = (got: string, expected: string): Error => fault("has a damaged snappy page", got, expected);
  let at = 0;
  let declared = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    if (byte === undefined || scale > 2 ** 28) throw damaged("no length", "a length of at most 5 bytes");
    declared += (byte & 127) * scale;
    if (byte < 128) break;
  }
  if (declared !== size || size > mostExpansion * bytes.length) {
    throw damaged(`${declared} bytes from ${bytes.length}`, `${size}, at most ${mostExpansion} for one`);
  }
  const output = new Uint8Array(size);
  const little = (count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index++) value += (bytes[at++] ?? Number.NaN) * 2 ** (8 * index);
    return value;
  };
  let filled = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const length = (short < 60 ? short : little(short - 59)) + 1;
      // also where the length itself is cut off
      if (!(length <= bytes.length - at && length <= size - filled)) throw damaged(`a literal of ${length}`, "less");
      output.set(bytes.subarray(at, at + length), filled);
      at += length;
      filled += length;
      continue;
    }
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back = kind === 1 ? (tag >> 5) * 256 + little(1) : little(kind === 2 ? 2 : 4);
    if (!(back >= 1 && back <= filled && length <= size - filled)) {
      throw damaged(`a copy of ${length} from ${back} back at ${filled} of ${size}`, "one within");
    }
    if (back >= length) output.copyWithin(filled, filled - back, filled - back + length);
    // what is copied overlaps what it is copied from: a pattern comes again and again
    else for (let index = 0; index < length; index++) output[filled + index] = output[filled + index - back]!;
    filled += length;
  }
  if (filled !== size) throw damaged(`${filled} bytes`, `${size}`);
  return output;
}
