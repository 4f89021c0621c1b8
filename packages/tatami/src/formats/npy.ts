// The NPY format of NumPy: a magic string, a version, a header that is a Python dictionary, and the elements in C or Fortran
// order. Where the bytes come from is read-npy.ts. See numpy.lib.format's specification.
import { type DType, elementBytes, type TypedArray, typedArray } from "../shape/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../shape/shape.ts";
import { type ArrayData, checkArray, rawBytes } from "./array-data.ts";
import { decodeElements, type ElementKind, elementKinds, inLittleEndian } from "./elements.ts";
import { countElements, faultsOf, quoted } from "./file-fault.ts";
import { NpyDictionary } from "./npy-dictionary.ts";

/** What an NPY header says. */
export interface NpyHeader {
  /** for messages */
  readonly source: string;
  readonly kind: ElementKind;
  readonly littleEndian: boolean;
  /** whether the first axis runs fastest */
  readonly fortranOrder: boolean;
  readonly shape: Shape;
  /** bytes before the elements */
  readonly offset: number;
  /** of the whole file */
  readonly fileBytes: number;
}

/** What we read; NumPy's character and width. */
const kinds: Readonly<Record<string, ElementKind>> = {
  b1: "bool",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};

/** What we do not read, in words. */
const otherKinds: Readonly<Record<string, string>> = {
  c: "complex numbers",
  M: "dates",
  m: "time spans",
  O: "Python objects, which only Python can read",
  S: "byte strings",
  U: "strings",
  V: "structures",
};

const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

/** A dictionary of any array we read is far shorter; the format allows 4 GiB. */
const maximumDictionary = 65_536;

/** As much of the beginning of a file as any header we read needs. */
export const maximumNpyHeader = 12 + maximumDictionary;

/**
 * Reads the header at the start of `bytes`, which may be the beginning of a longer file.
 * @throws DataError where it is damaged, ends too soon, or tells of elements that Tatami has no dtype for
 */
export function npyHeader(bytes: Uint8Array, source: string): NpyHeader {
  const fault = faultsOf("npy", source);
  if (magic.some((byte, index) => bytes[index] !== byte)) {
    const found = Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw fault("is no NPY file", 0, found || "no bytes", "93 4e 55 4d 50 59");
  }
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3 || bytes[7] !== 0) {
    throw fault("has an unknown version", 6, `${bytes[6] ?? "nothing"}.${bytes[7] ?? "nothing"}`, "1.0, 2.0 or 3.0");
  }
  const begin = version === 1 ? 10 : 12;
  if (bytes.length < begin) {
    throw fault("ends in its header", bytes.length, `${bytes.length} bytes`, `${begin} and more`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, begin);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maximumDictionary) {
    throw fault("has too long a header", 8, `${length} bytes`, `at most ${maximumDictionary}`);
  }
  const offset = begin + length;
  if (bytes.length < offset) throw fault("ends in its header", bytes.length, `${bytes.length} bytes`, `${offset}`);
  const dictionary = new NpyDictionary(bytes.subarray(begin, offset), begin, version, fault);
  const { descr, fortranOrder, shape, places } = dictionary.read();
  const order = descr[0]!;
  const kind = Object.hasOwn(kinds, descr.slice(1)) ? kinds[descr.slice(1)] : undefined;
  if (kind === undefined || !"<>|".includes(order) || (order === "|" && elementKinds[kind].bytes > 1)) {
    const found = otherKinds[descr[1] ?? ""];
    const got = found === undefined ? quoted(descr) : `${quoted(descr)} (${found})`;
    throw fault(
      "has elements of a dtype that is not read",
      places.descr,
      got,
      `one of ${Object.keys(kinds).join(", ")}`,
    );
  }
  const fileBytes = offset + countElements(shape) * elementKinds[kind].bytes;
  if (!Number.isSafeInteger(fileBytes)) {
    const expected = `integers of at least 0 for at most ${Number.MAX_SAFE_INTEGER} bytes`;
    throw fault("has an impossible shape", places.shape, quoted(shape), expected);
  }
  return { source, kind, littleEndian: order !== ">", fortranOrder, shape, offset, fileBytes };
}

/** @throws DataError unless a file of `got` bytes is exactly as long as its header says */
export function checkNpyLength({ source, shape, fileBytes }: NpyHeader, got: number): void {
  if (got === fileBytes) return;
  const fault = faultsOf("npy", source);
  const expected = `${fileBytes} for ${quoted(shape)}`;
  if (got < fileBytes) throw fault("is truncated", got, `${got} bytes`, expected);
  throw fault("has trailing bytes, after its last element,", fileBytes, `${got} bytes`, expected);
}

/**
 * The array; its values are a view of `payload` where nothing needs to be converted.
 * @param payload the bytes behind the header
 * @throws DataError where an element fits neither float32 nor int32
 */
export function decodeNpy(header: NpyHeader, payload: Uint8Array): ArrayData {
  const { source, kind, littleEndian, fortranOrder, shape, offset } = header;
  const { bytes, dtype } = elementKinds[kind];
  const values = decodeElements(kind, payload, littleEndian, (index, value, expected) => {
    const what = `has a value that does not fit ${dtype}, element ${index} of the file's order,`;
    return faultsOf("npy", source)(what, offset + index * bytes, String(value), expected);
  });
  return { shape, dtype, values: fortranOrder ? rowMajor(values, dtype, shape) : values };
}

/** Reorders values whose first axis runs fastest. */
function rowMajor(values: TypedArray, dtype: DType, shape: Shape): TypedArray {
  if (shape.filter((length) => length !== 1).length < 2) return values;
  const strides = stridesOf([...shape].reverse()).reverse();
  const ordered = typedArray(dtype, values.length);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < values.length; to++) {
    ordered[to] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
}

/** NumPy aligns the elements so. */
const alignment = 64;

/**
 * The bytes of an NPY file, version 1.0 in C order, of `<f4` or `<i4`.
 * @throws ShapeError where the shape does not fit the values
 */
export function writeNpy(array: ArrayData): Uint8Array<ArrayBuffer> {
  checkArray("writeNpy", "the array", array);
  const { shape, dtype } = array;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const descr = dtype === "float32" ? "<f4" : "<i4";
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const offset = Math.ceil((10 + dictionary.length + 1) / alignment) * alignment;
  const file = new Uint8Array(offset + sizeOf(shape) * elementBytes);
  file.set(magic);
  file[6] = 1;
  new DataView(file.buffer).setUint16(8, offset - 10, true);
  file.set(new TextEncoder().encode(`${dictionary.padEnd(offset - 11)}\n`), 10);
  file.set(inLittleEndian(rawBytes(array), elementBytes), offset);
  return file;
}
