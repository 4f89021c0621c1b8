// The short form of `npm run kills`: the command has to be built before.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type KillCount, killedRun } from "./killed-run.ts";

const settings = { net: "mlp", backend: "wasm", iterations: 100 };
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-kills-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it("a run that is killed and resumed ends in the same bits as one that is not", async () => {
  const count: KillCount = { kills: 0, early: 0, writing: 0 };
  const before = performance.now();
  const expected = await killedRun(join(folder, "whole"), settings, [], count);
  const duration = performance.now() - before;
  // early enough that some steps are left for the next ones, late enough that some are made
  const times = [0.6, 0.55, 0.6, 0.5].map((share) => share * duration);
  expect(await killedRun(join(folder, "killed"), settings, times, count)).toBe(expected);
  expect(count.kills).toBeGreaterThanOrEqual(2);
});
