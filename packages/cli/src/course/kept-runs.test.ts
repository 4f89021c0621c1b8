// Runs of an exercise that are interrupted and go on in the same process; images are drawn here.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arrayDataset } from "tatamijs/data";
import { Random } from "tatamijs/random";
import { setBackend } from "tatamijs/tensor";
import { exercises } from "tatamijs-course";
import { configure, type DataSource } from "tatamijs-course/frame";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runCourse } from "./course-run.ts";

setBackend("wasm");
vi.setConfig({ testTimeout: 60_000 });

const load: DataSource = async (split, count) => {
  const images = new Float32Array(count * 784);
  new Random(split === "train" ? 1 : 2).uniformInto(images);
  const labels = Int32Array.from({ length: count }, (_, index) => index % 10);
  return arrayDataset({ images, labels, imageShape: [1, 28, 28], classes: 10 });
};

const small = { trainSize: "40", testSize: "20", batchSize: "8", iterations: "9", evaluateEvery: "2" };

/** @param stopAt the share of the run at which it is interrupted */
function run(id: string, { set = {}, out, stopAt = 2 }: { set?: object; out?: string; stopAt?: number }) {
  const configuration = configure(exercises.find((exercise) => exercise.id === id)!, undefined, { ...small, ...set });
  const controller = new AbortController();
  return runCourse(configuration, [1, 2], {
    load,
    signal: controller.signal,
    out,
    onResult: (_seed, result) => {
      if (result.kind === "progress" && result.share >= stopAt) controller.abort();
    },
  });
}

const resultsOf = ({ runs }: Awaited<ReturnType<typeof run>>) => runs.map(({ seed, results }) => ({ seed, results }));

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "tatami-kept-"));
});
afterEach(() => rm(out, { recursive: true }));

it.each(["2_8", "latest"])(
  "runCourse(%s, {out}) that was interrupted goes on and ends in the same bits",
  async (id) => {
    const set = { shift: "2" };
    const whole = await run(id, { set });
    const broken = await run(id, { set, out, stopAt: 0.4 });
    expect(broken).toMatchObject({ aborted: true });
    expect(resultsOf(broken)).not.toEqual(resultsOf(whole));
    const rest = await run(id, { set, out });
    expect(resultsOf(rest)).toEqual(resultsOf(whole));
    // the second seed had not begun
    expect(rest.runs.map(({ from }) => from)).toEqual([4, undefined]);
    const again = await run(id, { set, out });
    expect(resultsOf(again)).toEqual(resultsOf(whole));
    expect(again.runs.map(({ from }) => from)).toEqual([9, 9]);
  },
);

it("runCourse(configuration, {out}) refuses a run with other settings and names them", async () => {
  await run("2_8", { out });
  await expect(run("2_8", { out, set: { lr: "0.01", dropout: "0.2" } })).rejects.toThrow(
    /the run in .*2_8-published-seed-1 has other settings, got dropout 0.2 where it has 0.5, lr 0.01 where it has 0.001, expected the same, or another --out/,
  );
  await expect(run("2_8", { out, set: { iterations: "5" } })).rejects.toThrow("expected at least the 9");
  const longer = await run("2_8", { out, set: { iterations: "11" } });
  expect(longer.runs.map(({ from }) => from)).toEqual([9, 9]);
});

it("runCourse(configuration, {out}) says which checkpoint is good where the newest is damaged", async () => {
  await run("2_8", { out });
  const folder = join(out, "2_8-published-seed-1");
  await writeFile(join(folder, "step-00000009", "model.safetensors"), "nonsense");
  await expect(run("2_8", { out })).rejects.toThrow(/step-00000009.* is truncated.*step 8 is good/);
  await rm(join(folder, "step-00000009"), { recursive: true });
  expect((await run("2_8", { out })).runs[0]).toMatchObject({ from: 8 });
});

it("runCourse(configuration, {out}) of an exercise that is not resumable keeps nothing", async () => {
  await run("2_1", { out });
  expect(await readdir(out)).toEqual([]);
});
