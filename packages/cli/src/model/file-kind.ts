// What kind a file is of, seen from how it begins, never from its name.
import { open, stat } from "node:fs/promises";
import { join } from "node:path";

/** A file's first 16 bytes, or as many as it has; none of a pipe, whose writer it would wait for. */
export async function beginOf(path: string): Promise<Buffer> {
  if (!(await stat(path)).isFile()) return Buffer.alloc(0);
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The length of a header before its first brace: no other kind has one there. */
export const isSafetensors = (begin: Buffer): boolean => begin[8] === 0x7b;

/** The format's version first, a small number. */
export const isOnnx = (begin: Buffer): boolean =>
  !isSafetensors(begin) && begin[0] === 8 && begin[1] !== undefined && begin[1] < 32;

/** JSON: a brace first, and none of the zeros that binary files have there. */
export const isLayersModel = (begin: Buffer): boolean => begin[0] === 0x7b && !begin.includes(0);

/** The model.json that a path stands for, its own or that of the folder it is; null where it is none, or nothing is there. */
export async function layersModelPath(path: string): Promise<string | null> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory();
  const file = isFolder ? join(path, "model.json") : path;
  const begin = await beginOf(file).catch(() => null);
  return begin !== null && isLayersModel(begin) ? file : null;
}
