// NPY files, read whole: one array.
import type { ArrayData } from "./array-data.ts";
import { type BinaryInput, openSource } from "./byte-source.ts";
import { checkNpyLength, decodeNpy, maximumNpyHeader, npyHeader, writeNpy } from "./npy.ts";

export interface ReadNpyOptions {
  /** a name for messages; default: the path, a File's name or "the data" */
  source?: string | undefined;
}

/**
 * The array of an NPY file, of any version, byte order and axis order. Floats (f2, f4, f8) and booleans (0 and 1) come as
 * float32, integers (i1 to i8, u1 to u8) as int32.
 * @param input a path or file: URL (Node), a Blob or File, or bytes, of which the values may be a view
 * @throws DataError naming file, offset and fault where it cannot be read, is damaged, too long or no NPY file, or an
 * element fits neither float32 nor int32
 */
export async function readNpy(input: BinaryInput, options: ReadNpyOptions = {}): Promise<ArrayData> {
  const bytes = await openSource(input, options.source);
  try {
    const header = npyHeader(await bytes.read(0, Math.min(bytes.size, maximumNpyHeader)), bytes.name);
    checkNpyLength(header, bytes.size);
    return decodeNpy(header, await bytes.read(header.offset, bytes.size - header.offset));
  } finally {
    await bytes.close();
  }
}

/**
 * Writes an NPY file under Node, beside the one it replaces and then in its place.
 * @throws ShapeError where the shape does not fit the values
 * @throws DataError where the file cannot be written
 */
export async function saveNpy(path: string | URL, array: ArrayData): Promise<void> {
  const file = writeNpy(array);
  const { writeFile } = await import("./node-file.ts");
  await writeFile(path, [file]);
}
