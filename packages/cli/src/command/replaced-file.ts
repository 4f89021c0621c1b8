// Small files written as one act: into a file beside, then renamed, so that a crash leaves the old one or the new one.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { DataError } from "tatamijs/shape";

/** @throws DataError where it cannot be written */
export function replaceFile(file: string, content: string | Uint8Array): void {
  written(file, () => {
    // one of a run that was killed, or a link to anywhere
    rmSync(`${file}.part`, { force: true });
    writeFileSync(`${file}.part`, content, { flag: "wx" });
    renameSync(`${file}.part`, file);
  });
}

/** @throws DataError where `write` fails */
export function written(file: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    const got = (cause as Error).message;
    const expected = "a folder with room that may be written to";
    throw new DataError(`${file} cannot be written, got "${got}", expected ${expected}`, file, { cause });
  }
}
