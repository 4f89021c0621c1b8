// Paths that have to be there, refused with the name beside them that was probably meant.
import { readdirSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { nearest } from "tatamijs-course/frame";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError that suggests the nearest name in its folder, where there is no such file or folder */
export function existing(path: string): Stats {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) return found;
  const folder = dirname(path);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    throw new UsageError(`no such file, got ${path}, and there is no folder ${folder}`);
  }
  if (names.length === 0) throw new UsageError(`no such file, got ${path}, and ${folder} is empty`);
  const name = nearest(basename(path), names);
  throw new UsageError(
    `no such file, got ${path}, did you mean ${path.startsWith(folder) ? join(folder, name) : name}?`,
  );
}
