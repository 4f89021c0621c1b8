// The safetensors format: the header's length in 8 bytes, little-endian; the header, a JSON object that gives each tensor's
// dtype, shape and place; then the tensors' bytes without gaps. Headers are checked here; reading and writing is next door.
import { formatShape, type Shape } from "../shape/shape.ts";
import { type ElementKind, elementKinds } from "./elements.ts";
import { countElements, type Fault, faultsOf, quoted } from "./file-fault.ts";
import { jsonKeys } from "./json-keys.ts";

/** What the format calls an element type. */
export type SafetensorsDType = keyof typeof safetensorsDTypes;

export const safetensorsDTypes = {
  BOOL: "bool",
  U8: "uint8",
  I8: "int8",
  U16: "uint16",
  I16: "int16",
  U32: "uint32",
  I32: "int32",
  U64: "uint64",
  I64: "int64",
  F16: "float16",
  BF16: "bfloat16",
  F32: "float32",
  F64: "float64",
} as const satisfies Readonly<Record<string, ElementKind>>;

/** Where a file holds a tensor. */
export interface SafetensorsEntry {
  readonly name: string;
  /** of the file; what it is read as, float32 or int32, is the reader's choice */
  readonly dtype: SafetensorsDType;
  readonly shape: Shape;
  /** bytes from the beginning of the file */
  readonly offset: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  /** in the order of their bytes */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes of the length that a file begins with. */
export const prefixBytes = 8;

/** The reference reader's limit. */
export const maximumHeaderLength = 100_000_000;

/**
 * The length of the header that follows.
 * @param prefix the first 8 bytes, or all there are
 * @throws DataError where there are fewer, or the header is longer than the file or 100 MB
 */
export function safetensorsHeaderLength(prefix: Uint8Array, fileBytes: number, source: string): number {
  const fault = faultsOf("safetensors", source);
  if (prefix.length < prefixBytes) {
    throw fault("ends in the header's length", prefix.length, `${prefix.length} bytes`, "8 and a header");
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > maximumHeaderLength) {
    throw fault(
      "has too long a header, or is no safetensors file,",
      0,
      `${length} bytes`,
      `at most ${maximumHeaderLength}`,
    );
  }
  if (Number(length) > fileBytes - prefixBytes) {
    throw fault(
      "is truncated in its header",
      fileBytes,
      `${fileBytes} bytes`,
      `at least ${prefixBytes + Number(length)}`,
    );
  }
  return Number(length);
}

/**
 * What the header says, checked as the reference reader does: every byte behind it belongs to exactly one tensor.
 * @param json the header, without the length before it
 * @throws DataError for a header that is damaged or does not fit the file
 */
export function parseSafetensorsHeader(json: Uint8Array, fileBytes: number, source: string): SafetensorsHeader {
  const fault = faultsOf("safetensors", source);
  const header = parseObject(json, fault);
  const { offsets, duplicate } = jsonKeys(json);
  if (duplicate !== null) {
    throw fault("has a key twice", prefixBytes + duplicate.offset, quoted(duplicate.key), "each key once");
  }
  const place = (name: string): number => prefixBytes + offsets.get(name)!;
  let metadata: Readonly<Record<string, string>> = {};
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name !== "__metadata__") entries.push(entryOf(name, value, prefixBytes + json.length, place(name), fault));
    else if (isTextRecord(value)) metadata = value;
    else throw fault("has metadata that is no text by name", place(name), quoted(value), "an object of strings");
  }
  entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  let end = prefixBytes + json.length;
  for (const { name, offset, byteLength } of entries) {
    if (offset !== end) {
      const what = offset < end ? "overlap" : "leave a gap";
      throw fault(`has tensors that ${what}, ${quoted(name)},`, place(name), `a begin at ${offset}`, `${end}`);
    }
    end += byteLength;
  }
  if (end > fileBytes) throw fault("is truncated", fileBytes, `${fileBytes} bytes`, `${end}`);
  if (end < fileBytes) throw fault("has trailing bytes", end, `${fileBytes} bytes`, `${end}`);
  return { entries, metadata };
}

function parseObject(json: Uint8Array, fault: Fault): object {
  if (json[0] !== 0x7b) {
    const got = json.length === 0 ? "an empty header" : `byte 0x${json[0]!.toString(16).padStart(2, "0")}`;
    throw fault("has no header", prefixBytes, got, 'a JSON object, beginning with "{"');
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
    return JSON.parse(text) as object;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fault("has a damaged header", prefixBytes, quoted(reason), "a JSON object in UTF-8", cause);
  }
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string");
}

/** @param dataOffset where the tensors' bytes begin in the file */
function entryOf(name: string, value: unknown, dataOffset: number, place: number, fault: Fault): SafetensorsEntry {
  const tensor = `tensor ${quoted(name)}`;
  if (typeof value !== "object" || value === null) {
    throw fault(`says nothing of ${tensor}`, place, quoted(value), "an object of dtype, shape and data_offsets");
  }
  const { dtype, shape, data_offsets: range } = value as Readonly<Record<string, unknown>>;
  if (typeof dtype !== "string" || !Object.hasOwn(safetensorsDTypes, dtype)) {
    const known = Object.keys(safetensorsDTypes).join(", ");
    throw fault(`has ${tensor} of an unknown dtype`, place, quoted(dtype), `one of ${known}`);
  }
  const known = dtype as SafetensorsDType;
  const elements = Array.isArray(shape) ? countElements(shape) : Number.NaN;
  const bytes = elements * elementKinds[safetensorsDTypes[known]].bytes;
  if (!Number.isSafeInteger(bytes)) {
    const expected = `integers of at least 0 for at most ${Number.MAX_SAFE_INTEGER} bytes`;
    throw fault(`has ${tensor} of an impossible shape`, place, quoted(shape), expected);
  }
  if (!Array.isArray(range) || range.length !== 2 || !range.every(isOffset) || range[0] > range[1]) {
    throw fault(`has ${tensor} at impossible offsets`, place, quoted(range), "[begin, end], integers of at least 0");
  }
  const [begin, end] = range as [number, number];
  if (end - begin !== bytes) {
    const expected = `${bytes} for ${known} ${quotedShape(shape as Shape)}`;
    throw fault(`has ${tensor} of another size than its shape`, place, `${end - begin} bytes`, expected);
  }
  return { name, dtype: known, shape: shape as Shape, offset: dataOffset + begin, byteLength: bytes };
}

function isOffset(value: unknown): value is number {
  // so that offsets from the beginning of the file are exact too
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 52;
}

function quotedShape(shape: Shape): string {
  return shape.length > 16 ? `${formatShape(shape.slice(0, 16))}…` : formatShape(shape);
}
