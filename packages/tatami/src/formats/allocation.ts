// Memory for what a file claims to hold: a claim that cannot be met is the file's fault, not the program's.
import { DataError } from "../shape/errors.ts";

/** @throws DataError where there is no memory for so many bytes */
export function allocate(length: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new DataError(`read: ${name} needs too much memory, got ${length} bytes in one piece, expected less`, name, {
      cause,
    });
  }
}
