// Where the bytes of a file come from, read piece by piece: memory, a Blob (a file that a page was given), or under Node a
// path. What the bytes mean is the formats' business.
import { DataError } from "../shape/errors.ts";

/** A path or file: URL (a browser fetches it), a Blob or File, or the bytes themselves. */
export type BinaryInput = string | URL | Blob | ArrayBuffer | Uint8Array;

export interface ByteSource {
  /** for messages */
  readonly name: string;
  /** in bytes */
  readonly size: number;
  /**
   * The bytes from `offset` on, within the size; of memory a view, else a fresh array.
   * @throws DataError where they cannot be read
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * @param name for messages; default: the path, a File's name or "the data"
 * @throws DataError where there is no such file, or no file system
 */
export async function openSource(input: BinaryInput, name?: string): Promise<ByteSource> {
  if (typeof input === "string" || input instanceof URL) {
    const { openFile } = await import("./node-file.ts");
    return openFile(input, name);
  }
  if (input instanceof Blob) return blobSource(input, name ?? ("name" in input ? String(input.name) : "the data"));
  // a plain view even of Node's Buffer, whose slice() shares where that of Uint8Array copies
  const bytes =
    input instanceof Uint8Array ? new Uint8Array(input.buffer, input.byteOffset, input.length) : new Uint8Array(input);
  return {
    name: name ?? "the data",
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => undefined,
  };
}

function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => {
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new DataError(`read: ${name} cannot be read, got "${reason}", expected a readable file`, name, { cause });
      }
    },
    close: async () => undefined,
  };
}
