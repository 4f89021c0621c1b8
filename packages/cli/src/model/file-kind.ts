// What kind a file is of, seen from how it begins, never from its name.
import { open } from "node:fs/promises";

/** The file's first 16 bytes, or as many as it has. */
export async function beginOf(path: string): Promise<Buffer> {
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
