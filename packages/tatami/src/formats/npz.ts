// NPZ files of NumPy: a zip archive of NPY files, an array each; read array by array, written whole or piece by piece.

import { DataError } from "../shape/errors.ts";
import { allocate } from "./allocation.ts";
import type { ArrayData, ArrayMap } from "./array-data.ts";
import { type BinaryInput, type ByteSource, openSource } from "./byte-source.ts";
import { quoted } from "./file-fault.ts";
import { checkNpyLength, decodeNpy, maximumNpyHeader, npyHeader, writeNpy } from "./npy.ts";
import { memberBytes, type ZipMember, zipMembers } from "./zip.ts";
import { joined, zipPieces } from "./zip-writer.ts";

const suffix = ".npy";

/** An open file. Close it when done; of bytes in memory there is nothing to close. */
export class NpzFile {
  /** for messages */
  readonly source: string;
  /** of the arrays, in the archive's order */
  readonly names: readonly string[];
  readonly #bytes: ByteSource;
  readonly #members: ReadonlyMap<string, ZipMember>;

  /** Users call `openNpz`. */
  constructor(bytes: ByteSource, members: readonly ZipMember[]) {
    this.source = bytes.name;
    this.#bytes = bytes;
    this.#members = new Map(members.map((member) => [arrayName(member.name), member]));
    this.names = [...this.#members.keys()];
  }

  /**
   * One array, converted as `readNpy` does. A member is not inflated beyond what its NPY header says.
   * @throws DataError where there is none of this name, it is damaged or no array, or an element fits no dtype
   */
  async read(name: string): Promise<ArrayData> {
    const member = this.#members.get(name);
    if (member === undefined) {
      const known = this.names.length === 0 ? "none" : quoted(this.names.slice(0, 20));
      throw new DataError(
        `npz: ${this.source} has no such array, got ${quoted(name)}, expected one of ${known}`,
        this.source,
      );
    }
    const chunks = memberBytes(this.#bytes, member);
    try {
      return await decodeMember(chunks, member, `${this.source}, member ${quoted(member.name)},`);
    } finally {
      await chunks.return();
    }
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }
}

function arrayName(member: string): string {
  return member.endsWith(suffix) ? member.slice(0, -suffix.length) : member;
}

/** Offsets in complaints about an array count from the beginning of its member. */
async function decodeMember(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  member: ZipMember,
  source: string,
): Promise<ArrayData> {
  const begin: Uint8Array[] = [];
  let filled = 0;
  while (filled < Math.min(member.bytes, maximumNpyHeader)) {
    const { done, value } = await chunks.next();
    if (done) break;
    begin.push(value);
    filled += value.length;
  }
  const head = begin.length === 1 ? begin[0]! : joined(begin);
  const header = npyHeader(head, source);
  checkNpyLength(header, member.bytes);
  let payload = head.subarray(header.offset);
  filled = payload.length;
  if (filled < member.bytes - header.offset) {
    payload = allocate(member.bytes - header.offset, source);
    payload.set(head.subarray(header.offset));
  }
  // the last turn compares the checksum
  for await (const chunk of chunks) {
    payload.set(chunk, filled);
    filled += chunk.length;
  }
  return decodeNpy(header, payload);
}

export interface ReadNpzOptions {
  /** a name for messages; default: the path, a File's name or "the data" */
  source?: string | undefined;
}

/**
 * Opens an archive and reads its directory, but no array yet.
 * @param input a path or file: URL (Node), a Blob or File, or bytes
 * @throws DataError naming file, offset and fault where it cannot be read, is damaged or no zip archive
 */
export async function openNpz(input: BinaryInput, options: ReadNpzOptions = {}): Promise<NpzFile> {
  const bytes = await openSource(input, options.source);
  try {
    const members = await zipMembers(bytes);
    const seen = new Set<string>();
    for (const member of members) {
      const name = arrayName(member.name);
      if (seen.has(name)) {
        throw new DataError(
          `npz: ${bytes.name} has an array twice, got ${quoted(name)} with and without ${suffix}, expected each name once`,
          bytes.name,
        );
      }
      seen.add(name);
    }
    return new NpzFile(bytes, members);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/**
 * All arrays of an archive by name: see `openNpz` and `NpzFile.read`.
 * @throws DataError as these two do
 */
export async function readNpz(input: BinaryInput, options: ReadNpzOptions = {}): Promise<ArrayMap> {
  const file = await openNpz(input, options);
  try {
    const arrays: [string, ArrayData][] = [];
    for (const name of file.names) arrays.push([name, await file.read(name)]);
    return Object.fromEntries(arrays);
  } finally {
    await file.close();
  }
}

export interface WriteNpzOptions {
  /** deflate the arrays, as numpy.savez_compressed does; weights hardly shrink; default false */
  compress?: boolean | undefined;
}

/**
 * The bytes of an archive that numpy.load opens.
 * @throws ShapeError where a shape does not fit its values
 * @throws OptionError for more than zip can hold: 65,534 arrays or 4 GiB
 */
export async function writeNpz(arrays: ArrayMap, options: WriteNpzOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of npzPieces(arrays, options)) pieces.push(piece);
  return joined(pieces);
}

/**
 * Writes an archive under Node, array by array, beside the file it replaces and then in its place.
 * @throws what `writeNpz` does, and DataError where the file cannot be written
 */
export async function saveNpz(path: string | URL, arrays: ArrayMap, options: WriteNpzOptions = {}): Promise<void> {
  const { writeFile } = await import("./node-file.ts");
  await writeFile(path, npzPieces(arrays, options));
}

function npzPieces(arrays: ArrayMap, { compress = false }: WriteNpzOptions): AsyncIterable<Uint8Array> {
  const members = function* (): Generator<readonly [string, Uint8Array]> {
    for (const [name, array] of Object.entries(arrays)) yield [`${name}${suffix}`, writeNpy(array)];
  };
  return zipPieces(members(), compress);
}
