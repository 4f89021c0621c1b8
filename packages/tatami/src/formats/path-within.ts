// Files that files name: only what lies in one folder is read, whatever a name says and wherever links lead. Opens nothing.
import { nodeModules } from "./node-modules.ts";

/**
 * The parts of a relative path that a file of unknown origin gives, by either system's slashes, without a "./" before them.
 * @returns null where it may lead out of its folder, as "..", drives, addresses and absolute paths may, or names none
 */
export function partsWithin(name: string): string[] | null {
  const parts = name.replace(/^\.[\\/]/, "").split(/[\\/]/);
  // a colon is a drive or a stream on some systems
  const isWithin = !/[:\0]/.test(name) && parts.every((part) => part !== "" && part !== "." && part !== "..");
  return isWithin ? parts : null;
}

/**
 * Where a path leads, all links followed, and whether that is `folder` or lies in it.
 * @param folder a folder's real path
 * @throws what Node's realpath throws where there is nothing, and DataError without Node
 */
export async function realPathWithin(folder: string, name: string): Promise<{ real: string; isWithin: boolean }> {
  const { fs, path } = await nodeModules(name);
  const real = await fs.realpath(name);
  const way = path.relative(folder, real);
  // absolute where it leads to another drive
  return { real, isWithin: way !== ".." && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way) };
}
