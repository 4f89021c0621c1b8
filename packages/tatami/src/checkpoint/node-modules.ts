// Node's modules, imported when a checkpoint is first asked for: a browser bundle builds without them.
import { DataError } from "../shape/errors.ts";

export interface NodeModules {
  readonly fs: typeof import("node:fs/promises");
  readonly path: typeof import("node:path");
  readonly crypto: typeof import("node:crypto");
  readonly os: typeof import("node:os");
}

/** @throws DataError where there is no Node */
export async function nodeModules(): Promise<NodeModules> {
  try {
    // bundlers leave an import alone that is awaited right inside a try
    const fs = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:fs/promises");
    const path = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:path");
    const crypto = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:crypto");
    const os = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:os");
    return { fs, path, crypto, os };
  } catch (cause) {
    throw new DataError(
      "checkpoint: folders cannot be reached here, got a platform without Node's modules, expected Node",
      "checkpoint",
      { cause },
    );
  }
}

/** What the system calls it, such as "ENOENT". */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
