// Files of data sets under Node: finding and reading them. Only reached through a dynamic import, and Node's modules are
// imported inside the functions, marked for bundlers to leave alone: a browser bundle builds without them.

import { isGzip } from "../formats/gzip.ts";
import { checkIdxLength, decodeIdx, type Idx, idxHeader, limitedRecords, maximumHeaderBytes } from "../formats/idx.ts";
import { readIdx } from "../formats/read-idx.ts";
import { DataError } from "../shape/errors.ts";

/** Which of the wanted files a folder holds. */
export interface FolderContent {
  readonly folder: string;
  /** one path per wanted file, null where it is missing */
  readonly paths: readonly (string | null)[];
}

interface NodeModules {
  readonly fs: typeof import("node:fs/promises");
  readonly path: typeof import("node:path");
  readonly url: typeof import("node:url");
}

async function nodeModules(): Promise<NodeModules> {
  try {
    // bundlers leave an import alone that is awaited right inside a try
    const fs = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:fs/promises");
    const path = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:path");
    const url = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:url");
    return { fs, path, url };
  } catch (cause) {
    throw new DataError(
      "mnist: files cannot be read here, got a platform without Node's modules, expected Node; in a browser use mnistFromBytes",
      "file system",
      { cause },
    );
  }
}

function unreadable(path: string, cause: unknown): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError(`readIdxFile: ${path} cannot be read, got "${reason}", expected a readable file`, path, {
    cause,
  });
}

/** `packageFolder` in every node_modules folder from the working directory upwards, then from this module upwards. */
export async function packageFolders(packageFolder: string): Promise<string[]> {
  const { path, url } = await nodeModules();
  const starts = [process.cwd()];
  if (import.meta.url?.startsWith("file:")) starts.push(path.dirname(url.fileURLToPath(import.meta.url)));
  const folders = new Set<string>();
  for (const start of starts) {
    for (let folder = start; ; folder = path.dirname(folder)) {
      if (path.basename(folder) !== "node_modules") folders.add(path.join(folder, "node_modules", packageFolder));
      if (folder === path.dirname(folder)) break;
    }
  }
  return [...folders];
}

/**
 * What each folder holds of the wanted files.
 * @param wanted for each file the names it may have, the preferred one first
 * @throws DataError where a folder may not be looked into
 */
export async function folderContents(
  folders: readonly string[],
  wanted: readonly (readonly string[])[],
): Promise<FolderContent[]> {
  const { path } = await nodeModules();
  const contents: FolderContent[] = [];
  for (const folder of folders) {
    const paths: (string | null)[] = [];
    for (const names of wanted) {
      let found: string | null = null;
      for (const name of names) found ??= (await isFile(path.join(folder, name))) ? path.join(folder, name) : null;
      paths.push(found);
    }
    contents.push({ folder, paths });
  }
  return contents;
}

async function isFile(path: string): Promise<boolean> {
  const { fs } = await nodeModules();
  try {
    return (await fs.stat(path)).isFile();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw unreadable(path, cause);
  }
}

/**
 * The array of an IDX file, plain or gzip. Of a plain file only the header and the first `limit` records are read, but its
 * length is checked as a whole.
 * @throws DataError where the file cannot be read, is damaged or no IDX file
 */
export async function readIdxFile(path: string, limit?: number): Promise<Idx> {
  const { fs } = await nodeModules();
  let handle: Awaited<ReturnType<typeof fs.open>> | undefined;
  try {
    handle = await fs.open(path);
    const { size } = await handle.stat();
    const read = async (position: number, length: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle!.read(bytes, filled, Math.min(length - filled, 2 ** 30), position + filled);
        if (bytesRead === 0) throw new Error(`end of file at offset ${position + filled} of ${size}`);
        filled += bytesRead;
      }
      return bytes;
    };
    const head = await read(0, Math.min(size, maximumHeaderBytes));
    if (isGzip(head)) return await readIdx(await read(0, size), { source: path, limit });
    const header = idxHeader(head, path);
    checkIdxLength(header, size);
    const records = limitedRecords(header, limit);
    return decodeIdx(header, await read(header.offset, records * header.recordBytes), records);
  } catch (cause) {
    throw cause instanceof DataError ? cause : unreadable(path, cause);
  } finally {
    await handle?.close();
  }
}
