// What reading images while training costs: deep-conv on 5,000 of MNIST's images from PNG files beside the same from memory,
// in alternated rounds, on as many threads as there are cores. Prints JSON: milliseconds of a step, and of all processors
// together, which others on the machine disturb less. Arguments: epochs (default 4), rounds (default 5),
// backend (default native).
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = new URL("../../packages/", import.meta.url);
const from = (path) => import(new URL(path, packages));
const [epochs = 4, rounds = 5] = process.argv.slice(2, 4).map(Number);
const backend = process.argv[4] ?? "native";
const count = 5000;
const batchSize = 100;
const steps = count / batchSize;

const { mnist, sequential } = await from("tatami/dist/data/index.js");

/** One run of a process of its own: milliseconds of each epoch, in order, and of its processors. */
async function run(kind, directory) {
  const { setBackend } = await from("tatami/dist/tensor/index.js");
  if (backend === "native") await from("native/dist/register.js");
  setBackend(backend);
  const { fit } = await from("tatami/dist/train/index.js");
  const { imageFolder, streamImageFolder } = await from("formats/dist/index.js");
  const { nets, optimizers } = await from("course/dist/nets/index.js");
  const [, cacheBytes] = kind.split(" ");
  const data =
    kind === "memory"
      ? await imageFolder(directory)
      : await streamImageFolder(directory, cacheBytes === undefined ? {} : { cacheBytes: Number(cacheBytes) });
  const model = nets["deep-conv"].build([]).initialize(1);
  const optimizer = optimizers.adam.create(model.parameters(), 0.001);
  const [times, processors] = [[], []];
  let [before, usage] = [performance.now(), process.cpuUsage()];
  const onEpoch = () => {
    times.push(performance.now() - before);
    const { user, system } = process.cpuUsage(usage);
    processors.push((user + system) / 1000);
    [before, usage] = [performance.now(), process.cpuUsage()];
  };
  const { finalLoss } = await fit({
    model,
    optimizer,
    data,
    epochs,
    batchSize,
    seed: 1,
    evaluateEvery: 1e9,
    callbacks: { onEpoch },
  });
  return { kind, times, processors, finalLoss };
}

/** A folder for each class, as `tatami train --data` takes it. */
async function writeFolder(directory) {
  const { writePng } = await from("tatami/dist/formats/index.js");
  const { images, labels } = await mnist({ split: "train", limit: count });
  for (let label = 0; label < 10; label++) mkdirSync(join(directory, String(label)), { recursive: true });
  for (let index = 0; index < count; index++) {
    const pixels = Uint8Array.from(images.subarray(index * 784, (index + 1) * 784), (pixel) => Math.round(255 * pixel));
    const bytes = writePng({ width: 28, height: 28, channels: 1, pixels });
    writeFileSync(join(directory, String(labels[index]), `${index}.png`), bytes);
  }
}

/** Microseconds of a processor to read and decode an image. */
async function decodeCost(directory) {
  const { streamImageFolder } = await from("formats/dist/index.js");
  const stream = await streamImageFolder(directory, { workers: 0, cacheBytes: 0, ahead: 1 });
  const times = [];
  for (let epoch = 0; epoch < 4; epoch++) {
    const reader = stream.read(sequential(count, { batchSize }));
    const began = process.cpuUsage();
    for (let begin = 0; begin < count; begin += batchSize) await reader.next();
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / count);
    reader.close();
  }
  return median(times.slice(1));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

if (process.argv[5] !== undefined) {
  process.stdout.write(JSON.stringify(await run(process.argv[5], process.argv[6])));
} else {
  const directory = mkdtempSync(join(tmpdir(), "tatami-stream-"));
  try {
    await writeFolder(directory);
    const decodeMicroseconds = await decodeCost(directory);
    const kinds = ["memory", "stream", "stream 0"];
    const runs = [];
    for (let round = 0; round < rounds; round++) {
      // each kind comes first as often as the others
      for (let turn = 0; turn < kinds.length; turn++) {
        const kind = kinds[(round + turn) % kinds.length];
        const args = [fileURLToPath(import.meta.url), epochs, rounds, backend, kind, directory].map(String);
        const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
        if (stdout === "") throw new Error(stderr);
        runs.push({ round, ...JSON.parse(stdout) });
      }
    }
    const first = (list) => list[0];
    const later = (list) => median(list.slice(1));
    const whole = (list) => list.reduce((sum, time) => sum + time, 0) / epochs;
    /** Of a step, and the median of what it is beside memory's in the same round. */
    const compared = (kind, what, part) => {
      const of = (round, wanted) => part(runs.find((one) => one.round === round && one.kind === wanted)[what]);
      const all = Array.from({ length: rounds }, (_, round) => round);
      return {
        ms: median(all.map((round) => of(round, kind))) / steps,
        beside: median(all.map((round) => of(round, kind) / of(round, "memory"))),
      };
    };
    const summary = Object.fromEntries(
      kinds.map((kind) => [
        kind,
        Object.fromEntries(
          ["times", "processors"].map((what) => [
            what,
            Object.fromEntries(
              Object.entries({ first, later, whole }).map(([name, part]) => [name, compared(kind, what, part)]),
            ),
          ]),
        ),
      ]),
    );
    const sameLoss = new Set(runs.map(({ finalLoss }) => finalLoss)).size === 1;
    const about = { backend, cores: availableParallelism(), epochs, rounds, decodeMicroseconds, sameLoss };
    process.stdout.write(`${JSON.stringify({ ...about, ...summary }, null, 1)}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
