// The element types that files hold, and how each becomes one of Tatami's two dtypes. What a format calls them is the
// format's business (safetensors.ts, npy.ts).
import type { DType, TypedArray } from "../shape/dtype.ts";
import { decodeBfloat16, decodeFloat16 } from "./half-floats.ts";

/** Bytes of one element, and what it is read as: masks are float32, as everywhere in Tatami. */
export const elementKinds = {
  bool: { bytes: 1, dtype: "float32" },
  uint8: { bytes: 1, dtype: "int32" },
  int8: { bytes: 1, dtype: "int32" },
  uint16: { bytes: 2, dtype: "int32" },
  int16: { bytes: 2, dtype: "int32" },
  uint32: { bytes: 4, dtype: "int32" },
  int32: { bytes: 4, dtype: "int32" },
  uint64: { bytes: 8, dtype: "int32" },
  int64: { bytes: 8, dtype: "int32" },
  float16: { bytes: 2, dtype: "float32" },
  bfloat16: { bytes: 2, dtype: "float32" },
  float32: { bytes: 4, dtype: "float32" },
  float64: { bytes: 8, dtype: "float32" },
} as const satisfies Readonly<Record<string, { bytes: 1 | 2 | 4 | 8; dtype: DType }>>;

export type ElementKind = keyof typeof elementKinds;

const hostIsLittleEndian: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Makes the error of an element, counted in the order of the file, whose value does not fit what it is read as. */
export type Misfit = (index: number, value: number | bigint, expected: string) => Error;

/**
 * The elements in `bytes`. Aligned float32 and int32 in the machine's byte order are a view, everything else a copy.
 * @param bytes as many as whole elements need
 * @throws what `misfit` makes: of integers outside int32, of float64 beyond float32, of booleans that are neither 0 nor 1
 */
export function decodeElements(
  kind: ElementKind,
  bytes: Uint8Array,
  littleEndian: boolean,
  misfit: Misfit,
): TypedArray {
  const size = elementKinds[kind].bytes;
  const raw = inHostOrder(bytes, size, littleEndian);
  const length = raw.length / size;
  const view = <T>(array: new (buffer: ArrayBufferLike, offset: number, length: number) => T): T =>
    new array(raw.buffer, raw.byteOffset, length);
  switch (kind) {
    case "float32":
      return view(Float32Array);
    case "int32":
      return view(Int32Array);
    case "uint8":
      return new Int32Array(raw);
    case "int8":
      return new Int32Array(view(Int8Array));
    case "uint16":
      return new Int32Array(view(Uint16Array));
    case "int16":
      return new Int32Array(view(Int16Array));
    case "uint32":
      return decodeUint32(view(Uint32Array), misfit);
    case "int64":
      return decodeInt64(view(BigInt64Array), misfit);
    case "uint64":
      return decodeInt64(view(BigUint64Array), misfit);
    case "float16":
      return decodeFloat16(view(Uint16Array));
    case "bfloat16":
      return decodeBfloat16(view(Uint16Array));
    case "float64":
      return decodeFloat64(view(Float64Array), misfit);
    case "bool":
      return decodeBool(raw, misfit);
  }
}

/** The bytes, aligned to their elements and in the machine's order; a copy where they are not already. */
function inHostOrder(bytes: Uint8Array, size: number, littleEndian: boolean): Uint8Array {
  if (size === 1 || littleEndian === hostIsLittleEndian) return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return swapped(bytes, size);
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const copy = bytes.slice();
  for (let start = 0; start < copy.length; start += size) copy.subarray(start, start + size).reverse();
  return copy;
}

/** Bytes of elements in the machine's order, for a file in little-endian order; not a copy where the two are the same. */
export function inLittleEndian(bytes: Uint8Array, size: number): Uint8Array {
  return hostIsLittleEndian ? bytes : swapped(bytes, size);
}

function decodeUint32(words: Uint32Array, misfit: Misfit): Int32Array {
  const values = new Int32Array(words.length);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word > 0x7fffffff) throw misfit(index, word, "an integer of at most 2147483647");
    values[index] = word;
  }
  return values;
}

function decodeInt64(integers: BigInt64Array | BigUint64Array, misfit: Misfit): Int32Array {
  const halves = new Int32Array(integers.buffer, integers.byteOffset, 2 * integers.length);
  const [low, high] = hostIsLittleEndian ? [0, 1] : [1, 0];
  const signed = integers instanceof BigInt64Array;
  const values = new Int32Array(integers.length);
  for (let index = 0; index < values.length; index++) {
    const value = halves[2 * index + low]!;
    const upper = halves[2 * index + high]!;
    if (upper !== value >> 31 || (!signed && upper !== 0)) {
      throw misfit(index, integers[index]!, "an integer from -2147483648 to 2147483647");
    }
    values[index] = value;
  }
  return values;
}

function decodeFloat64(doubles: Float64Array, misfit: Misfit): Float32Array {
  const values = new Float32Array(doubles.length);
  for (let index = 0; index < doubles.length; index++) {
    const value = doubles[index]!;
    values[index] = value;
    if (Number.isFinite(value) && !Number.isFinite(values[index])) {
      throw misfit(index, value, "a number within the range of float32");
    }
  }
  return values;
}

function decodeBool(bytes: Uint8Array, misfit: Misfit): Float32Array {
  const values = new Float32Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index]! > 1) throw misfit(index, bytes[index]!, "a boolean byte, 0 or 1");
    values[index] = bytes[index]!;
  }
  return values;
}
