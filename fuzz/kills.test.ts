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
  const expected = await killedRun(join(folder, "whole"), settings, [], count);
  const points = [15, 35, 50, 70].map((step) => ({ step }));
  expect(await killedRun(join(folder, "killed"), settings, points, count)).toBe(expected);
  expect(count.kills).toBe(points.length);
});
