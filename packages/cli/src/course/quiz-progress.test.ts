import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inOrder, quizFile, readMissed, writeMissed } from "./quiz-progress.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-quiz-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("inOrder(questions, missed, today) has those missed on an earlier day first", () => {
  const questions = ["a", "b", "c", "d"].map((id) => ({ id }));
  const order = inOrder(questions, { b: "2026-01-02", c: "2026-01-03", d: "2025-12-31" }, "2026-01-03");
  expect(order.map(({ id }) => id)).toEqual(["b", "d", "a", "c"]);
});

it("readMissed(file) gives back what writeMissed wrote, and nothing for a file that is missing or damaged", async () => {
  const file = quizFile({ XDG_STATE_HOME: folder });
  expect(file).toBe(join(folder, "tatami", "quiz.json"));
  expect(await readMissed(file)).toEqual({});
  await writeMissed(file, { "chain-rule": "2026-01-02" });
  expect(await readMissed(file)).toEqual({ "chain-rule": "2026-01-02" });
  await writeFile(file, '{"a": 1, "b": "2026-01-01"');
  expect(await readMissed(file)).toEqual({});
  await writeFile(file, '{"a": 1, "b": "2026-01-01"}');
  expect(await readMissed(file)).toEqual({ b: "2026-01-01" });
});
