import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exercises } from "tatamijs-course";
import { configure, type Result } from "tatamijs-course/frame";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunCache } from "./run-cache.ts";

const exercise = exercises.find(({ id }) => id === "2_1")!;
const configuration = configure(exercise, "published", {});
const results: Result[] = [
  { kind: "measure", name: "test accuracy", value: 0.9 },
  {
    kind: "series",
    plot: { title: "loss", x: { label: "x" }, y: { label: "y" } },
    name: "loss",
    points: [
      [1, Number.POSITIVE_INFINITY],
      [2, Number.NaN],
      [3, -0.5],
    ],
  },
];
const run = { seed: 3, seconds: 1.5, results };
const now = { version: "1.0.0", backend: "wasm" };

let folder: string;
let damage: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-cache-"));
  damage = [];
});
afterEach(() => rm(folder, { recursive: true }));

const cache = (circumstances = now): RunCache => new RunCache(folder, circumstances, (message) => damage.push(message));

describe("RunCache.get(configuration, seed)", () => {
  it("gives back what put kept, numbers that are not finite too", () => {
    cache().put(configuration, run);
    expect(cache().get(configuration, 3)).toEqual(run);
    expect(damage).toEqual([]);
  });

  it("knows nothing of another seed, setting, version, backend or revision", () => {
    cache().put(configuration, run);
    expect(cache().get(configuration, 4)).toBeNull();
    expect(cache().get(configure(exercise, "published", { lr: "0.2" }), 3)).toBeNull();
    expect(cache({ ...now, version: "1.0.1" }).get(configuration, 3)).toBeNull();
    expect(cache({ ...now, backend: "native" }).get(configuration, 3)).toBeNull();
    expect(cache().get({ ...configuration, exercise: { ...exercise, revision: 2 } }, 3)).toBeNull();
    expect(damage).toEqual([]);
  });

  const file = async (): Promise<string> => join(folder, (await readdir(folder))[0]);

  it.each<[string, (name: string) => Promise<void>, string]>([
    ["ends early", (name) => truncate(name, 40), "is thrown away, "],
    ["is empty", (name) => truncate(name, 0), "got a file that ends early"],
    [
      "has another number in it",
      async (name) => writeFile(name, (await readFile(name, "utf8")).replace("0.9", "0.8")),
      "got content that does not match its digest",
    ],
    [
      "is of something else",
      async (name) => writeFile(name, (await readFile(name, "utf8")).replace("seed 3", "seed 4")),
      "got the run of something else",
    ],
    ["is no JSON", (name) => writeFile(name, "hello\nworld\n"), "is thrown away"],
  ])("throws a file away that %s, and says so in a line", async (_what, spoil, message) => {
    cache().put(configuration, run);
    await spoil(await file());
    expect(cache().get(configuration, 3)).toBeNull();
    expect(damage).toHaveLength(1);
    expect(damage[0]).toContain(message);
    expect(damage[0]).toMatch(/; its run is made anew$/);
    expect(await readdir(folder)).toEqual([]);
    cache().put(configuration, run);
    expect(cache().get(configuration, 3)).toEqual(run);
  });

  it("takes no notice of a file that was being written when the power went", async () => {
    cache().put(configuration, run);
    await writeFile(`${await file()}.part`, "{");
    expect(cache().get(configuration, 3)).toEqual(run);
  });
});

it("RunCache.put(configuration, run) removes the checkpoints of the run that is done", async () => {
  const unfinished = cache().unfinished(configuration, 3);
  await mkdir(join(unfinished, "step-10"), { recursive: true });
  cache().put(configuration, run);
  expect((await readdir(folder)).filter((name) => !name.endsWith(".json"))).toEqual([]);
});
