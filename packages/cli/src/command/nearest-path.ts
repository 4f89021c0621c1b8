// What a path to nothing may have meant.
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { nearest } from "tatamijs-course/frame";

/**
 * The end of a complaint about a path: "did you mean …?", of the first part of it that is not there; or what was expected.
 * @param wanted whether a name in the path's own folder can be what was meant
 */
export async function nearestPath(
  path: string,
  expected: string,
  wanted: (name: string) => boolean = () => true,
): Promise<string> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => null);
  if (names === null) return folder === path ? `expected ${expected}` : nearestPath(folder, expected);
  const candidates = names.filter((name) => !name.startsWith(".") && wanted(name));
  return candidates.length === 0
    ? `expected ${expected}`
    : `did you mean ${join(folder, nearest(basename(path), candidates))}?`;
}
