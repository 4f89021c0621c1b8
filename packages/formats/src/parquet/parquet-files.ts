// Which files make up a Parquet data set: one, some, or those of a folder and the folders within it, as Hugging Face lays them
// out: data/train-00000-of-00002.parquet, default/train/0000.parquet.
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { parquetFaults } from "./fault.ts";

const ending = ".parquet";
/** Below the folder that is named. */
const deepest = 3;

export function isParquetName(name: string): boolean {
  return name.toLowerCase().endsWith(ending);
}

/** What a name or a folder's name says of the split, null where nothing. */
function splitOf(path: string): string | null {
  const named = /^(train|test|validation|valid|val|dev|eval|unsupervised)(?=[-_.]|$)/i;
  for (const part of path.split(sep).reverse()) {
    const found = named.exec(part)?.[1]?.toLowerCase();
    if (found !== undefined) return found === "valid" || found === "val" || found === "dev" ? "validation" : found;
  }
  return null;
}

/** The splits that the names of a folder's Parquet files tell of, sorted; [] for names that tell of none, null without files. */
export async function parquetSplits(directory: string): Promise<string[] | null> {
  const files = await filesIn(directory);
  if (files.length === 0) return null;
  const splits = files.map(splitOf);
  return [...new Set(splits.filter((split) => split !== null))].sort();
}

/**
 * The files of one split, in the order of their names.
 * @param path of a file or a folder
 * @param split such as "train"; may be left out where there is one only
 * @throws DataError where there is none, names tell of several splits, or a name leads out of the folder
 */
export async function parquetFiles(path: string, split?: string): Promise<string[]> {
  const fault = parquetFaults(path);
  const status = await stat(path).catch((cause: Error) => {
    throw fault("cannot be read", JSON.stringify(cause.message), "a Parquet file or a folder of them", cause);
  });
  if (!status.isDirectory()) return [path];
  const files = await filesIn(path);
  const splits = [...new Set(files.map(splitOf))];
  if (files.length === 0) throw fault("holds no Parquet files", "none", `names that end in ${ending}`);
  if (split === undefined && splits.length > 1) {
    throw fault("holds several splits", splits.map((name) => name ?? "others").join(", "), "one of them to be named");
  }
  const wanted = split === undefined ? files : files.filter((file) => splitOf(file) === split);
  if (wanted.length === 0) {
    throw fault(
      `has no ${split} files`,
      files
        .map((file) => basename(file))
        .slice(0, 5)
        .join(", "),
      `${split}-….parquet`,
    );
  }
  return wanted.map((file) => join(path, file));
}

/** Within the folder, sorted. */
async function filesIn(directory: string): Promise<string[]> {
  const fault = parquetFaults(directory);
  const root = await realpath(directory);
  const found: string[] = [];
  const look = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory() && depth < deepest) await look(path, depth + 1);
      else if (isParquetName(entry.name)) {
        const way = relative(root, await realpath(join(directory, path)));
        if (way === ".." || way.startsWith(`..${sep}`)) throw fault("has a link that leads out", path, "files within");
        found.push(path);
      }
    }
  };
  await look("", 0).catch((cause: Error) => {
    if (cause.name === "DataError") throw cause;
    throw fault("cannot be read", JSON.stringify(cause.message), "a folder of Parquet files", cause);
  });
  return found.sort();
}
