// Files under Node: read piece by piece, and written so that a crash leaves the old file or the new one. Only reached
// through a dynamic import: a browser bundle has node-file-browser.ts.

import { DataError } from "../shape/errors.ts";
import { allocate } from "./allocation.ts";
import type { ByteSource } from "./byte-source.ts";
import { type NodeModules, nodeModules } from "./node-modules.ts";
import { realPathWithin } from "./path-within.ts";

/** On a busy machine a call that reads more is set back behind others: docs/log.md. */
const readLength = 2 ** 20;

function failure(name: string, what: string, cause: unknown, expected: string): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError(`file: ${name} ${what}, got "${reason}", expected ${expected}`, name, { cause });
}

/** @throws DataError unless there is a regular file that may be read */
export async function openFile(file: string | URL, name = String(file)): Promise<ByteSource> {
  const { fs } = await nodeModules(name);
  const unreadable = (cause: unknown): DataError => failure(name, "cannot be read", cause, "a readable file");
  try {
    // opening a pipe would wait for its writer
    if (!(await fs.stat(file)).isFile()) throw new Error("a folder, pipe or device");
  } catch (cause) {
    throw unreadable(cause);
  }
  const handle = await fs.open(file).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  try {
    const status = await handle.stat();
    return {
      name,
      size: status.size,
      read: async (offset, length) => {
        const bytes = allocate(length, name);
        for (let filled = 0; filled < length; ) {
          const wanted = Math.min(length - filled, readLength);
          const { bytesRead } = await handle.read(bytes, filled, wanted, offset + filled).catch((cause: unknown) => {
            throw unreadable(cause);
          });
          if (bytesRead === 0) throw unreadable(new Error(`end of file at offset ${offset + filled}`));
          filled += bytesRead;
        }
        return bytes;
      },
      close: () => handle.close(),
    };
  } catch (cause) {
    await handle.close();
    throw unreadable(cause);
  }
}

/**
 * A file in the folder of another, or below it. Links may lead to places within that folder only.
 * @param parts of the path from the folder on, as `partsWithin` gives them
 * @throws DataError where there is none, or a link leads out of the folder
 */
export async function openBeside(file: string | URL, parts: readonly string[]): Promise<ByteSource> {
  const { fs, path, url } = await nodeModules(String(file));
  const folder = path.dirname(typeof file === "string" ? file : url.fileURLToPath(file));
  const name = path.join(folder, ...parts);
  const { real, isWithin } = await fs
    .realpath(folder)
    .then((root) => realPathWithin(root, name))
    .catch((cause: unknown) => {
      throw failure(name, "cannot be read", cause, "a readable file");
    });
  if (!isWithin) {
    throw failure(name, "is refused", new Error("a link that leads out of the folder"), "a file within it");
  }
  return openFile(real, name);
}

/** Pieces of 4 MiB take the kernel two to three times as long, small ones a third longer: docs/log.md. */
const writeLength = 2 ** 20;

/** The disk begins to work on what is written after so many bytes, not at the end. */
const flushLength = 2 ** 26;

/**
 * Flushes in the background, one flush at a time.
 * @throws what an earlier flush failed with: the system says it once, so the sync at the end would not know
 */
function flusher(handle: import("node:fs/promises").FileHandle): {
  wrote: (bytes: number) => Promise<void>;
  end: () => Promise<void>;
} {
  let waiting = 0;
  let flushing: Promise<unknown> = Promise.resolve();
  const end = async (): Promise<void> => {
    const failure = await flushing;
    if (failure !== undefined) throw failure;
  };
  const wrote = async (bytes: number): Promise<void> => {
    waiting += bytes;
    if (waiting < flushLength) return;
    waiting = 0;
    await end();
    flushing = handle.datasync().catch((cause: unknown) => cause);
  };
  return { wrote, end };
}

/**
 * Writes a file as one act: into a new file beside it, flushed to the disk, then renamed over it. Whatever happens before
 * the rename leaves an earlier file of that name as it was.
 * @throws DataError where it cannot be written; what `chunks` throws passes through
 */
export async function writeFile(
  file: string | URL,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const { fs, path, url } = await nodeModules(String(file));
  const target = typeof file === "string" ? file : url.fileURLToPath(file);
  const unwritable = (cause: unknown): DataError =>
    failure(target, "cannot be written and is as it was before", cause, "a folder with room that may be written to");
  // at random, because one of a process that was killed may still lie there
  const mark = crypto.randomUUID().slice(0, 8);
  const beside = path.join(path.dirname(target), `.${path.basename(target)}.${mark}.part`);
  const handle = await fs.open(beside, "wx").catch((cause: unknown) => {
    throw unwritable(cause);
  });
  let done = false;
  try {
    const flush = flusher(handle);
    for await (const chunk of chunks) {
      for (let offset = 0; offset < chunk.length; ) {
        const length = Math.min(chunk.length - offset, writeLength);
        try {
          const { bytesWritten } = await handle.write(chunk, offset, length);
          offset += bytesWritten;
          await flush.wrote(bytesWritten);
        } catch (cause) {
          throw unwritable(cause);
        }
      }
    }
    try {
      await flush.end();
      await handle.sync();
      await handle.close();
      await fs.rename(beside, target);
      done = true;
    } catch (cause) {
      throw unwritable(cause);
    }
  } finally {
    if (!done) {
      // the first error is the one to report
      await handle.close().catch(() => undefined);
      await fs.rm(beside, { force: true }).catch(() => undefined);
    }
  }
  await flushFolder(path.dirname(target), fs);
}

/** Makes the rename last through a power cut, where the system lets folders be flushed (Windows does not). */
async function flushFolder(folder: string, fs: NodeModules["fs"]): Promise<void> {
  try {
    const handle = await fs.open(folder);
    await handle.sync().finally(() => handle.close());
  } catch {
    // the file itself is complete and in its place
  }
}
