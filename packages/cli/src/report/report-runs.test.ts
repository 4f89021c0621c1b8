// Reports of exercises that are made up here: what runs, what comes from the cache, and what an interruption leaves.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineExercise, type Exercise, type Result } from "tatamijs-course/frame";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planReport } from "./report-plan.ts";
import { type ReportedExercise, runReport } from "./report-runs.ts";
import { RunCache } from "./run-cache.ts";

let folder: string;
/** "id variant seed" of each run that was made */
let made: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-report-"));
  made = [];
});
afterEach(() => rm(folder, { recursive: true }));

const variants = [
  { name: "a", description: "a", set: {}, published: [{ measure: "test accuracy", values: [0.5] }] },
  { name: "b", description: "b", set: {}, published: [] },
] as const;

function exercise(id: string, run?: Exercise["run"]): Exercise {
  return defineExercise({
    id,
    title: id,
    teaches: "One. Two. Three.",
    formula: "x",
    settings: {},
    variants,
    quick: { variants: ["a"], seeds: 1 },
    yields: ["measure"],
    tiny: {},
    run:
      run ??
      async function* (_values, { seed }): AsyncGenerator<Result> {
        made.push(`${id} ${seed}`);
        yield { kind: "progress", share: 0.5, text: "half" };
        yield { kind: "measure", name: "test accuracy", value: 0.5 + seed / 1000 };
      },
  });
}

interface Told {
  readonly reported: readonly ReportedExercise[];
  readonly lines: readonly string[];
}

async function report(
  exercises: readonly Exercise[],
  quick: boolean,
  { signal = new AbortController().signal, fresh = false } = {},
): Promise<Told> {
  const lines: string[] = [];
  const onDamage = (message: string): void => void lines.push(message);
  const reported = await runReport(planReport({ quick, seeds: quick ? undefined : [1, 2] }, exercises), {
    load: () => Promise.reject(new Error("no data")),
    signal,
    fresh,
    cache: new RunCache(folder, { version: "1", backend: "wasm" }, onDamage),
    onDamage,
    onProgress: () => {},
    onExercise: ({ exercise: { id } }, runs, taken) => lines.push(`${id}: ${runs} run, ${taken} taken`),
  });
  return { reported, lines };
}

describe("runReport(plan)", () => {
  it("runs each variant over its seeds, and again takes all from the cache", async () => {
    const exercises = [exercise("one"), exercise("two")];
    const first = await report(exercises, false);
    expect(made).toEqual(["one 1", "one 2", "one 1", "one 2", "two 1", "two 2", "two 1", "two 2"]);
    const second = await report(exercises, false);
    expect(made).toHaveLength(8);
    expect(second.lines).toEqual(["one: 0 run, 4 taken", "two: 0 run, 4 taken"]);
    expect(second.reported.map(({ parts }) => parts.map(({ outcomes }) => outcomes))).toEqual(
      first.reported.map(({ parts }) => parts.map(({ outcomes }) => outcomes)),
    );
  });

  it("takes nothing from the cache where all is to be fresh", async () => {
    await report([exercise("one")], true);
    await report([exercise("one")], true, { fresh: true });
    expect(made).toEqual(["one 1", "one 1"]);
  });

  it("leaves out what an exercise declares, where it is quick", async () => {
    await report([exercise("one")], true);
    expect(made).toEqual(["one 1"]);
  });

  it("makes what is damaged in the cache anew, and nothing else", async () => {
    const exercises = [exercise("one")];
    await report(exercises, true);
    const cache = new RunCache(folder, { version: "1", backend: "wasm" }, () => {});
    const [{ parts }] = planReport({ quick: true }, exercises);
    await writeFile(`${cache.unfinished(parts[0].configuration, 1)}.json`, "nothing\n");
    const { lines } = await report(exercises, true);
    expect(made).toEqual(["one 1", "one 1"]);
    expect(lines).toEqual([expect.stringContaining("is thrown away"), "one: 1 run, 0 taken"]);
  });

  it("goes on after an interruption with the run that was interrupted", async () => {
    const controller = new AbortController();
    const stopping = exercise("two", async function* (_values, { seed }): AsyncGenerator<Result> {
      made.push(`two ${seed}`);
      controller.abort();
      yield { kind: "measure", name: "test accuracy", value: seed };
    });
    const stopped = await report([exercise("one"), stopping, exercise("three")], true, { signal: controller.signal });
    expect(made).toEqual(["one 1", "two 1"]);
    expect(stopped.reported.map(({ parts }) => parts[0].aborted)).toEqual([false, true]);

    made = [];
    const { reported } = await report([exercise("one"), exercise("two"), exercise("three")], true);
    expect(made).toEqual(["two 1", "three 1"]);
    expect(reported.map(({ parts }) => parts[0].aborted)).toEqual([false, false, false]);
  });

  it("shows what cannot run, and goes on with the rest", async () => {
    const failing = exercise("one", async function* (_values, { load }): AsyncGenerator<Result> {
      await load("train", 1);
      yield { kind: "text", text: "" };
    });
    const { reported, lines } = await report([failing, exercise("two")], true);
    expect(reported[0].parts[0]).toMatchObject({ failure: "no data", runs: [], aborted: true });
    expect(reported[1].parts[0]).toMatchObject({ failure: null, aborted: false });
    expect(lines.at(-1)).toBe("two: 1 run, 0 taken");
  });
});
