// What stands for node-file.ts in a bundle for browsers: a path is fetched, and there is nothing to write to.
// package.json's "browser" says so.
import { DataError } from "../shape/errors.ts";
import type { ByteSource } from "./byte-source.ts";

/** @throws DataError unless the server answers with the file */
export async function openFile(file: string | URL, name = String(file)): Promise<ByteSource> {
  const unreadable = (reason: string, cause?: unknown): DataError =>
    new DataError(`file: ${name} cannot be read, got "${reason}", expected a file that can be fetched`, name, {
      cause,
    });
  const response = await fetch(file).catch((cause: unknown) => {
    throw unreadable(String(cause), cause);
  });
  if (!response.ok) throw unreadable(`${response.status} ${response.statusText}`.trim());
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => undefined,
  };
}

/** @throws DataError unless the server answers with the file beside another */
export function openBeside(file: string | URL, parts: readonly string[]): Promise<ByteSource> {
  return openFile(new URL(parts.map(encodeURIComponent).join("/"), new URL(file, globalThis.location?.href)));
}

/** @throws DataError always */
export function writeFile(file: string | URL): Promise<never> {
  const message = `file: ${file} cannot be written, got a browser, expected Node; writeModel and the like give the bytes`;
  return Promise.reject(new DataError(message, String(file)));
}
