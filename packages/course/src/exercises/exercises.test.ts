// Every exercise with a tiny configuration, on images that are drawn here: what it promises to yield, and that a seed
// decides it.
import { arrayDataset } from "tatamijs/data";
import { Random } from "tatamijs/random";
import { setBackend } from "tatamijs/tensor";
import { describe, expect, it } from "vitest";
import { configure } from "../frame/configuration.ts";
import type { DataSource, Exercise } from "../frame/exercise.ts";
import type { Result } from "../frame/result.ts";
import { augmentSettings } from "../training/augment.ts";
import { exercises } from "./index.ts";

setBackend("wasm");

const load: DataSource = async (split, count) => {
  const images = new Float32Array(count * 784);
  new Random(split === "train" ? 1 : 2).uniformInto(images);
  const labels = Int32Array.from({ length: count }, (_, index) => index % 10);
  return arrayDataset({ images, labels, imageShape: [1, 28, 28], classes: 10 });
};

async function run(
  exercise: Exercise,
  seed: number,
  variant?: string,
  signal?: AbortSignal,
  set: Readonly<Record<string, string>> = {},
): Promise<Result[]> {
  const { values } = configure(exercise, variant, { ...exercise.tiny, ...set });
  const results: Result[] = [];
  for await (const result of exercise.run(values, { seed, load, signal })) results.push(result);
  return results;
}

/** Without what was timed. */
const untimed = (results: readonly Result[]): Result[] =>
  results.filter(({ kind }) => kind === "series" || kind === "histogram" || kind === "surface" || kind === "verdict");

// 224 × 224 in fifteen seconds is not for every run of the tests
const each = exercises.filter(({ id }) => id !== "alexnet").map((exercise) => [exercise.id, exercise] as const);

describe.each(each)("%s", (_id, exercise) => {
  it("yields what it promises, and the same for the same seed", async () => {
    const results = await run(exercise, 3);
    const kinds = new Set(results.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([...exercise.yields].sort());
    for (const result of results) {
      if (result.kind === "measure") expect(result, result.name).toMatchObject({ value: expect.any(Number) });
      if (result.kind === "series") expect(result.points.flat().every((value) => !Number.isNaN(value))).toBe(true);
    }
    expect(untimed(await run(exercise, 3))).toEqual(untimed(results));
  });

  it("has variants that are settings of its own, each described", () => {
    for (const { name, description, set } of exercise.variants) {
      expect(description, name).not.toBe("");
      expect(configure(exercise, name, set as Record<string, string>).changed, name).toEqual([]);
    }
    expect(new Set(exercise.variants.map(({ name }) => name)).size).toBe(exercise.variants.length);
  });

  it("has settings whose defaults are in their own range", () => {
    for (const [key, setting] of Object.entries(exercise.settings)) {
      expect(setting.parse(setting.format(setting.default)), key).toEqual({ value: setting.default });
      expect(setting.doc, key).not.toBe("");
    }
  });
});

it("run(values, {seed}) of another seed gives another result", async () => {
  const exercise = exercises.find(({ id }) => id === "2_5")!;
  expect(untimed(await run(exercise, 4))).not.toEqual(untimed(await run(exercise, 3)));
});

it("every exercise that trains on images takes augmentation by its settings", () => {
  const keys = Object.keys(augmentSettings);
  for (const { id, settings } of exercises.filter(({ settings }) => Object.hasOwn(settings, "trainSize"))) {
    expect(Object.keys(settings), id).toEqual(expect.arrayContaining(keys));
  }
});

it.each(["2_1", "2_5", "2_6", "norms", "zero-weights", "latest"])(
  "run(values) of %s with augmentation gives another result, the same for the same seed",
  async (id) => {
    const exercise = exercises.find((found) => found.id === id)!;
    const moved = async (seed: number): Promise<Result[]> =>
      untimed(await run(exercise, seed, undefined, undefined, { shift: "6", rotate: "30" }));
    const results = await moved(3);
    expect(results).not.toEqual(untimed(await run(exercise, 3)));
    expect(await moved(3)).toEqual(results);
  },
);

it("run({schedule: cosine}) takes another rate than the constant one from the second step on", async () => {
  const exercise = exercises.find(({ id }) => id === "2_6")!;
  const losses = async (schedule: string): Promise<number[]> => {
    const set = { schedule, iterations: "3", evaluateEvery: "1" };
    const found = await run(exercise, 3, undefined, undefined, set);
    return found.flatMap((result) =>
      result.kind === "series" && result.name === "loss" ? result.points.map(([, y]) => y) : [],
    );
  };
  const [constant, cosine] = [await losses("constant"), await losses("cosine")];
  // the first step's rate is the same, and the second loss is what it has led to
  expect(cosine.slice(0, 2)).toEqual(constant.slice(0, 2));
  expect(cosine[2]).not.toBe(constant[2]);
});

it("run(values, {signal}) of a signal that is aborted ends at once", async () => {
  const exercise = exercises.find(({ id }) => id === "2_1")!;
  const results = await run(exercise, 1, undefined, AbortSignal.abort());
  expect(results.filter(({ kind }) => kind === "series")).toEqual([]);
});

it("run(values) that diverges says at which step and where", async () => {
  const exercise = exercises.find(({ id }) => id === "2_1")!;
  const hidden = new Array(20).fill(40).join();
  const { values } = configure(exercise, undefined, { ...exercise.tiny, hidden, scale: "100" });
  const results: Result[] = [];
  for await (const result of exercise.run(values, { seed: 1, load })) results.push(result);
  const diverged = results.find(({ kind }) => kind === "diverged");
  expect(diverged).toMatchObject({ step: expect.any(Number), place: expect.stringMatching(/layer|weight|bias|loss/) });
});

it("the ids of exercises are different", () => {
  expect(new Set(exercises.map(({ id }) => id)).size).toBe(exercises.length);
});
