// The images a command line names: files, folders, patterns with * and ?, and "-" for the standard input.
import { readdir, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { imageEndings, isImageName } from "tatamijs-formats";
import { nearestPath } from "../command/nearest-path.ts";
import { UsageError } from "../command/usage-error.ts";

/** What stands for the bytes that come in. */
export const standardInput = "-";

/**
 * Paths of files, or `standardInput`; the files of a folder sorted by name.
 * @throws UsageError where a name leads to nothing; it says what may have been meant
 */
export async function imageInputs(names: readonly string[]): Promise<string[]> {
  const inputs: string[] = [];
  for (const name of names) inputs.push(...(name === standardInput ? [name] : await filesOf(name)));
  if (inputs.filter((input) => input === standardInput).length > 1) {
    throw new UsageError(`"-" is there twice, got ${names.join(" ")}, expected the standard input once`);
  }
  return inputs;
}

async function filesOf(name: string): Promise<string[]> {
  const status = await stat(name).catch(() => null);
  if (status?.isDirectory()) {
    const files = (await readdir(name)).filter(isImageName).sort();
    if (files.length > 0) return files.map((file) => join(name, file));
    throw new UsageError(`no images in ${name}, got none, expected files that end in ${imageEndings.join(", ")}`);
  }
  if (status !== null) return [name];
  if (/[*?]/.test(name)) {
    const files = await matching(name);
    if (files.length > 0) return files;
    throw new UsageError(`no images match ${name}, got none, expected at least one`);
  }
  const meant = await nearestPath(name, "a file, a folder or a pattern", isImageName);
  throw new UsageError(`no image ${name}, got nothing there, ${meant}`);
}

/** Files that a pattern matches, in which * stands for any letters of a name and ? for one. */
async function matching(pattern: string): Promise<string[]> {
  const parts = pattern.split(sep === "\\" ? /[\\/]/ : "/");
  let paths = [parts[0] === "" ? sep : ""];
  for (const part of parts.filter((text) => text !== "")) {
    const next: string[] = [];
    for (const path of paths) next.push(...(await matchingIn(path, part)));
    paths = next;
  }
  const files: string[] = [];
  for (const path of paths) if ((await stat(path).catch(() => null))?.isFile()) files.push(path);
  return files;
}

async function matchingIn(folder: string, part: string): Promise<string[]> {
  if (!/[*?]/.test(part)) return [join(folder, part)];
  const source = part
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const pattern = new RegExp(`^${source}$`);
  const names = await readdir(folder === "" ? "." : folder).catch((): string[] => []);
  return names
    .filter((name) => pattern.test(name) && (part.startsWith(".") || !name.startsWith(".")))
    .sort()
    .map((name) => join(folder, name));
}
