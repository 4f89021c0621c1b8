// Node's modules that files need, imported when one is: a browser bundle builds without them.
import { DataError } from "../shape/errors.ts";

export interface NodeModules {
  readonly fs: typeof import("node:fs/promises");
  readonly path: typeof import("node:path");
  readonly url: typeof import("node:url");
}

/** @throws DataError, about the file `name`, where there are none */
export async function nodeModules(name: string): Promise<NodeModules> {
  try {
    // bundlers leave an import alone that is awaited right inside a try
    const fs = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:fs/promises");
    const path = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:path");
    const url = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:url");
    return { fs, path, url };
  } catch (cause) {
    throw new DataError(
      `file: ${name} cannot be reached here, got a platform without Node's modules, expected Node; in a browser pass a Blob or bytes`,
      name,
      { cause },
    );
  }
}
