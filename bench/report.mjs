import { mkdirSync, writeFileSync } from "node:fs";
export function writeResults(run, whole) {
  const folder = new URL("results/tmp/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = new URL("run.json", folder);
  writeFileSync(file, JSON.stringify(run, null, 1));
  return { table: "", file: file.pathname };
}
