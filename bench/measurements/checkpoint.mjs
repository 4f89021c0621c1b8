// What checkpoints cost: the deep conv net trains, and writes one every so many steps; a step that a checkpoint follows is longer
// by what it took. Prints JSON: milliseconds of a step and of a checkpoint, and the checkpoints' share of the time. Arguments:
// steps (default 3000), steps between checkpoints (default 100), backend (default native).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { summarize } from "../statistics.mjs";

const packages = new URL("../../packages/", import.meta.url);
const from = (path) => import(new URL(path, packages));
const [iterations = 3000, every = 100] = process.argv.slice(2, 4).map(Number);
const backend = process.argv[4] ?? "native";

const { setBackend } = await from("tatami/dist/tensor/index.js");
if (backend === "native") await from("native/dist/register.js");
setBackend(backend);
const { fit } = await from("tatami/dist/train/index.js");
const { mnist } = await from("tatami/dist/data/index.js");
const { nets, optimizers } = await from("course/dist/nets/index.js");

const model = nets["deep-conv"].build([]).initialize(1);
const optimizer = optimizers.adam.create(model.parameters(), 0.001);
const directory = mkdtempSync(join(tmpdir(), "tatami-checkpoint-"));
const [plain, followed] = [[], []];
let before = performance.now();
let written = true;
const onStep = () => {
  const now = performance.now();
  (written ? followed : plain).push(now - before);
  [before, written] = [now, false];
};
const onCheckpoint = () => {
  written = true;
};
try {
  const data = await mnist({ split: "train", limit: 5000 });
  await fit({
    ...{ model, optimizer, data, iterations, batchSize: 100, seed: 1, evaluateEvery: 1e9 },
    checkpoint: { directory, every },
    callbacks: { onStep, onCheckpoint },
  });
} finally {
  rmSync(directory, { recursive: true });
}
// the first step compiles, too
followed.shift();
const step = summarize(plain);
const cost = followed.map((milliseconds) => milliseconds - step.median).sort((a, b) => a - b);
const sum = cost.reduce((total, milliseconds) => total + milliseconds, 0);
const share = (milliseconds) => milliseconds / (every * step.median);
process.stdout.write(
  `${JSON.stringify({
    backend,
    step,
    checkpoints: cost.length,
    checkpoint: summarize(cost),
    share: { median: share(cost[cost.length >> 1]), mean: share(sum / cost.length) },
  })}\n`,
);
