// `npm run kills`: training runs killed at random times and resumed, 50 of them unless told otherwise.
//   npm run kills -- [runs] [seed] [net] [backend] [iterations]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Draws } from "./draws.ts";
import { type KillCount, killedRun } from "./killed-run.ts";

const [runs = 50, seed = 1] = process.argv.slice(2, 4).map(Number);
const [net = "mlp", backend = "auto", iterations = "120"] = process.argv.slice(4);
const settings = { net, backend, iterations: Number(iterations) };
const folder = await mkdtemp(join(tmpdir(), "tatami-kills-"));
const count: KillCount = { kills: 0, early: 0, writing: 0 };
try {
  const before = performance.now();
  const expected = await killedRun(join(folder, "whole"), settings, [], count);
  const duration = performance.now() - before;
  console.log(`the uninterrupted run takes ${(duration / 1000).toFixed(2)} s and ends in ${expected.slice(0, 16)}`);
  let same = 0;
  for (let index = 0; index < runs; index++) {
    const draws = new Draws(seed, index);
    // one to three kills, each while the run goes on
    const times = Array.from({ length: 1 + draws.below(3) }, () => draws.below(Math.ceil(duration)));
    const directory = join(folder, `run-${index}`);
    const found = await killedRun(directory, settings, times, count);
    if (found === expected) same++;
    else
      console.log(
        `run ${index}, killed after ${times.join(", ")} ms, ends in ${found.slice(0, 16)}: kept in ${directory}`,
      );
    if (found === expected) await rm(directory, { recursive: true });
  }
  console.log(
    `${same} of ${runs} runs end the same after ${count.kills} kills: ${count.early} before the first checkpoint, ${count.writing} while one was being written`,
  );
  process.exitCode = same === runs && count.kills >= runs / 2 ? 0 : 1;
} finally {
  if (process.exitCode === 0) await rm(folder, { recursive: true });
}
