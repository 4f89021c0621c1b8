// The IDX format of the MNIST files: two zero bytes, a dtype code, the number of axes, big-endian 32-bit sizes, then the
// values, row-major and big-endian. Headers, values and the writer are here; where the bytes come from is read-idx.ts.
import { DataError, ShapeError } from "../shape/errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape/shape.ts";

export type IdxValues = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

export type IdxDType = "uint8" | "int8" | "int16" | "int32" | "float32" | "float64";

/** The array of an IDX file. */
export interface Idx {
  /** where it came from, for messages */
  readonly source: string;
  readonly dtype: IdxDType;
  /** sizes of `values`, the first axis counting records; a limit makes that one smaller than `records` */
  readonly shape: Shape;
  /** records in the whole file */
  readonly records: number;
  readonly values: IdxValues;
}

/** What an IDX header says. */
export interface IdxHeader {
  readonly source: string;
  readonly dtype: IdxDType;
  /** sizes of the whole file, each ≥ 1 */
  readonly shape: Shape;
  /** bytes before the values */
  readonly offset: number;
  readonly recordBytes: number;
  /** bytes of the whole file */
  readonly fileBytes: number;
}

interface Code {
  readonly code: number;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly array: new (length: number) => IdxValues;
  readonly get: (view: DataView, offset: number) => number;
  readonly set: (view: DataView, offset: number, value: number) => void;
}

const codes: Readonly<Record<IdxDType, Code>> = {
  uint8: { code: 0x08, bytes: 1, array: Uint8Array, get: (v, o) => v.getUint8(o), set: (v, o, x) => v.setUint8(o, x) },
  int8: { code: 0x09, bytes: 1, array: Int8Array, get: (v, o) => v.getInt8(o), set: (v, o, x) => v.setInt8(o, x) },
  int16: { code: 0x0b, bytes: 2, array: Int16Array, get: (v, o) => v.getInt16(o), set: (v, o, x) => v.setInt16(o, x) },
  int32: { code: 0x0c, bytes: 4, array: Int32Array, get: (v, o) => v.getInt32(o), set: (v, o, x) => v.setInt32(o, x) },
  float32: {
    code: 0x0d,
    bytes: 4,
    array: Float32Array,
    get: (v, o) => v.getFloat32(o),
    set: (v, o, x) => v.setFloat32(o, x),
  },
  float64: {
    code: 0x0e,
    bytes: 8,
    array: Float64Array,
    get: (v, o) => v.getFloat64(o),
    set: (v, o, x) => v.setFloat64(o, x),
  },
};

/** The longest header: 255 axes. */
export const maximumHeaderBytes = 4 + 4 * 255;

function hex(bytes: Uint8Array): string {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** What bytes that are no IDX file look like, to spare the user a hex dump. */
function guess(bytes: Uint8Array): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return " (gzip data, not yet decompressed)";
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return " (a zip archive)";
  const start = bytes.subarray(0, 64);
  const printable = start.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));
  if (!printable) return "";
  const text = String.fromCharCode(...start).trim();
  return text.startsWith("<")
    ? " (HTML or XML, perhaps an error page)"
    : ` (text: ${JSON.stringify(text.slice(0, 24))})`;
}

/**
 * Reads the header at the start of `bytes`, which may be the beginning of a longer file.
 * @throws DataError unless it is a whole IDX header with sizes ≥ 1
 */
export function idxHeader(bytes: Uint8Array, source: string): IdxHeader {
  const fault = (what: string, offset: number, got: string, expected: string): DataError =>
    new DataError(`idx: ${source} ${what} at offset ${offset}, got ${got}, expected ${expected}`, source);
  if (bytes.length < 4) {
    const got = `${bytes.length} bytes${bytes.length > 0 ? guess(bytes) : ""}`;
    throw fault("ends in its magic number", bytes.length, got, "an IDX header of at least 8");
  }
  const dtype = (Object.keys(codes) as IdxDType[]).find((name) => codes[name].code === bytes[2]);
  const rank = bytes[3]!;
  if (bytes[0] !== 0 || bytes[1] !== 0 || dtype === undefined) {
    const known = Object.values(codes).map(({ code }) => code.toString(16).padStart(2, "0"));
    const expected = `0x0000, a dtype code of ${known.join(" ")} and the number of axes (0x00000803 for images)`;
    throw fault("has a wrong magic number", 0, hex(bytes.subarray(0, 4)) + guess(bytes), expected);
  }
  if (rank === 0) throw fault("has no axes", 3, "0", "1 to 255");

  const offset = 4 + 4 * rank;
  if (bytes.length < offset) {
    throw fault("ends in its header", bytes.length, `${bytes.length} bytes`, `${offset} for ${rank} axes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, offset);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const zero = shape.indexOf(0);
  if (zero >= 0) throw fault("has a size of zero", 4 + 4 * zero, formatShape(shape), "sizes of at least 1");
  const recordBytes = sizeOf(shape.slice(1)) * codes[dtype].bytes;
  const fileBytes = offset + shape[0]! * recordBytes;
  if (fileBytes > Number.MAX_SAFE_INTEGER) {
    throw fault("has sizes that overflow", 4, formatShape(shape), `at most ${Number.MAX_SAFE_INTEGER} bytes`);
  }
  return { source, dtype, shape, offset, recordBytes, fileBytes };
}

/** @throws DataError unless a file of `got` bytes is exactly as long as its header says */
export function checkIdxLength(header: IdxHeader, got: number): void {
  const { source, shape, fileBytes } = header;
  if (got === fileBytes) return;
  const fault =
    got < fileBytes
      ? `is truncated at offset ${got}`
      : `has trailing bytes at offset ${fileBytes}, after its last value`;
  throw new DataError(
    `idx: ${source} ${fault}, got ${got} bytes, expected ${fileBytes} for ${formatShape(shape)}`,
    source,
  );
}

/** How many records to read: all, or the first `limit` where there are more. */
export function limitedRecords(header: IdxHeader, limit: number | undefined): number {
  return Math.min(limit ?? Number.POSITIVE_INFINITY, header.shape[0]!);
}

/** The first records, of which `payload` holds the bytes; uint8 values are a view of it, others are copied. */
export function decodeIdx(header: IdxHeader, payload: Uint8Array, records: number): Idx {
  const { source, dtype, shape, recordBytes } = header;
  const { bytes, array, get } = codes[dtype];
  const view = new DataView(payload.buffer, payload.byteOffset, records * recordBytes);
  let values: IdxValues = payload.subarray(0, records * recordBytes);
  if (dtype !== "uint8") {
    values = new array(view.byteLength / bytes);
    for (let index = 0; index < values.length; index++) values[index] = get(view, index * bytes);
  }
  return { source, dtype, shape: [records, ...shape.slice(1)], records: shape[0]!, values };
}

function dtypeOf(values: IdxValues): IdxDType {
  if (values instanceof Uint8Array) return "uint8";
  if (values instanceof Int8Array) return "int8";
  if (values instanceof Int16Array) return "int16";
  if (values instanceof Int32Array) return "int32";
  return values instanceof Float32Array ? "float32" : "float64";
}

/**
 * The bytes of an IDX file of `values`, whose dtype is that of the typed array.
 * @param shape 1 to 255 sizes, each in [1, 2³²)
 * @throws ShapeError where the shape is out of range or does not fit the values
 */
export function writeIdx(values: IdxValues, shape: Shape): Uint8Array<ArrayBuffer> {
  const inRange = shape.every((length) => Number.isInteger(length) && length >= 1 && length < 2 ** 32);
  if (!inRange || shape.length < 1 || shape.length > 255) {
    throw new ShapeError(
      `writeIdx: shape is out of range, got ${formatShape(shape)}, expected 1 to 255 sizes in [1, 2^32)`,
      shape,
    );
  }
  if (sizeOf(shape) !== values.length) {
    throw new ShapeError(
      `writeIdx: shape does not fit the values, got ${formatShape(shape)} for ${values.length} values, expected as many`,
      shape,
    );
  }
  const { code, bytes, set } = codes[dtypeOf(values)];
  const offset = 4 + 4 * shape.length;
  const file = new Uint8Array(offset + values.length * bytes);
  const view = new DataView(file.buffer);
  view.setUint8(2, code);
  view.setUint8(3, shape.length);
  for (const [axis, length] of shape.entries()) view.setUint32(4 + 4 * axis, length);
  for (let index = 0; index < values.length; index++) set(view, offset + index * bytes, values[index]!);
  return file;
}
