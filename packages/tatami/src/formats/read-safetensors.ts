// Safetensors files, read tensor by tensor: the header first, then only the bytes asked for.
import type { DType } from "../shape/dtype.ts";
import { DataError } from "../shape/errors.ts";
import type { ArrayData, ArrayMap } from "./array-data.ts";
import { type BinaryInput, type ByteSource, openSource } from "./byte-source.ts";
import { decodeElements, elementKinds } from "./elements.ts";
import { faultsOf, quoted } from "./file-fault.ts";
import {
  parseSafetensorsHeader,
  prefixBytes,
  type SafetensorsEntry,
  type SafetensorsHeader,
  safetensorsDTypes,
  safetensorsHeaderLength,
} from "./safetensors.ts";

/** An open file. Close it when done; of bytes in memory there is nothing to close. */
export class SafetensorsFile {
  /** for messages */
  readonly source: string;
  /** what there is, in the order of the bytes */
  readonly entries: readonly SafetensorsEntry[];
  /** texts by name, as the file's writer chose; empty where there are none */
  readonly metadata: Readonly<Record<string, string>>;
  readonly #bytes: ByteSource;
  readonly #byName: ReadonlyMap<string, SafetensorsEntry>;

  /** Users call `openSafetensors`. */
  constructor(bytes: ByteSource, { entries, metadata }: SafetensorsHeader) {
    this.source = bytes.name;
    this.entries = entries;
    this.metadata = metadata;
    this.#bytes = bytes;
    this.#byName = new Map(entries.map((entry) => [entry.name, entry]));
  }

  /**
   * One tensor. F32, F16, BF16, F64 and BOOL (0 and 1) come as float32, integers as int32.
   * @throws DataError where there is none of this name, it cannot be read, or a value fits neither float32 nor int32
   */
  async read(name: string): Promise<ArrayData> {
    const entry = this.#byName.get(name);
    if (entry === undefined) {
      const known = this.entries.length === 0 ? "none" : quoted(this.entries.slice(0, 20).map((other) => other.name));
      throw new DataError(
        `safetensors: ${this.source} has no such tensor, got ${quoted(name)}, expected one of ${known}`,
        this.source,
      );
    }
    const kind = safetensorsDTypes[entry.dtype];
    const bytes = await this.#bytes.read(entry.offset, entry.byteLength);
    const values = decodeElements(kind, bytes, true, (index, value, expected) => {
      const offset = entry.offset + index * elementKinds[kind].bytes;
      const what = `has a value that does not fit ${dtypeOf(entry)}, element ${index} of tensor ${quoted(name)},`;
      return faultsOf("safetensors", this.source)(what, offset, String(value), expected);
    });
    return { shape: entry.shape, dtype: dtypeOf(entry), values };
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }
}

/** What a tensor is read as. */
export function dtypeOf(entry: SafetensorsEntry): DType {
  return elementKinds[safetensorsDTypes[entry.dtype]].dtype;
}

export interface ReadSafetensorsOptions {
  /** a name for messages; default: the path, a File's name or "the data" */
  source?: string | undefined;
}

/**
 * Opens a file and checks its header as strictly as the reference reader, but reads no tensor yet.
 * @param input a path or file: URL (Node), a Blob or File, or bytes, which aligned F32 and I32 tensors are then views of
 * @throws DataError naming file, offset and fault where it cannot be read, is damaged or no safetensors file
 */
export async function openSafetensors(
  input: BinaryInput,
  options: ReadSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  const bytes = await openSource(input, options.source);
  try {
    const prefix = await bytes.read(0, Math.min(prefixBytes, bytes.size));
    const length = safetensorsHeaderLength(prefix, bytes.size, bytes.name);
    const json = await bytes.read(prefixBytes, length);
    return new SafetensorsFile(bytes, parseSafetensorsHeader(json, bytes.size, bytes.name));
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** A whole file: its tensors and metadata. */
export interface Safetensors {
  readonly tensors: ArrayMap;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * All tensors of a file: see `openSafetensors` and `SafetensorsFile.read`.
 * @throws DataError as these two do
 */
export async function readSafetensors(input: BinaryInput, options: ReadSafetensorsOptions = {}): Promise<Safetensors> {
  const file = await openSafetensors(input, options);
  try {
    const tensors: [string, ArrayData][] = [];
    for (const { name } of file.entries) tensors.push([name, await file.read(name)]);
    return { tensors: Object.fromEntries(tensors), metadata: file.metadata };
  } finally {
    await file.close();
  }
}
