// Whether a path is that of a model of TensorFlow.js: a model.json, or the folder that it is in.
import { open, stat } from "node:fs/promises";
import { join } from "node:path";

/** JSON in a file's first bytes: a brace, and none of the zeros that binary files have there. */
export const beginsAsJson = (begin: Uint8Array): boolean => begin[0] === 0x7b && !begin.includes(0);

/** The path of its model.json; null where it is none, or nothing is there. */
export async function layersModelPath(path: string): Promise<string | null> {
  const status = await stat(path).catch(() => null);
  const file = status?.isDirectory() ? join(path, "model.json") : path;
  const handle = await open(file).catch(() => null);
  if (handle === null) return null;
  try {
    if (!(await handle.stat()).isFile()) return null;
    const { buffer, bytesRead } = await handle.read(new Uint8Array(16), 0, 16, 0);
    return beginsAsJson(buffer.subarray(0, bytesRead)) ? file : null;
  } finally {
    await handle.close();
  }
}
