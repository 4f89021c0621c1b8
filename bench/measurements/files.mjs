// Writing and reading a safetensors file against a plain copy of it, by turns: node bench/measurements/files.mjs [MB].
// All three end on the disk (fsync); what is read comes out of the system's cache, as the copy's source does.
import { copyFile, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors, saveSafetensors } from "tatamijs/formats";

const megabytes = Number(process.argv[2] ?? 500);
const rounds = 9;
const tensors = 10;
const length = Math.round((megabytes * 1e6) / 4 / tensors);
const weights = Object.fromEntries(
  Array.from({ length: tensors }, (_, index) => [
    `${index}.weight`,
    { shape: [length], dtype: "float32", values: new Float32Array(length).fill(index + 0.5) },
  ]),
);
const folder = await mkdtemp(join(tmpdir(), "tatami-files-"));
const [file, copy] = ["a.safetensors", "b.safetensors"].map((name) => join(folder, name));
const seconds = { copy: [], write: [], read: [] };

async function time(what, work) {
  const begin = performance.now();
  await work();
  seconds[what].push((performance.now() - begin) / 1000);
}

async function copyWhole() {
  await rm(copy, { force: true });
  await copyFile(file, copy);
  const handle = await open(copy);
  await handle.sync();
  await handle.close();
}

try {
  await saveSafetensors(file, weights);
  for (let round = 0; round < rounds; round++) {
    await time("copy", copyWhole);
    await time("write", () => saveSafetensors(file, weights));
    await time("read", () => readSafetensors(file));
  }
} finally {
  await rm(folder, { recursive: true });
}
const sorted = (list) => [...list].sort((a, b) => a - b);
/** of neighbours, because what else uses the disk comes and goes */
const ratio = (list) => {
  const ratios = sorted(list.map((value, round) => value / seconds.copy[round]));
  return { median: ratios[rounds >> 1], middleHalf: [ratios[rounds >> 2], ratios[rounds - 1 - (rounds >> 2)]] };
};
const median = (list) => sorted(list)[rounds >> 1];
const result = {
  megabytes,
  copySeconds: median(seconds.copy),
  writeSeconds: median(seconds.write),
  readSeconds: median(seconds.read),
  writeOverCopy: ratio(seconds.write),
  readOverCopy: ratio(seconds.read),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
