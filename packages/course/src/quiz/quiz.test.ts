import { setBackend } from "tatamijs/tensor";
import { describe, expect, it } from "vitest";
import { agrees, isRight, questions, topics } from "./index.ts";

setBackend("reference");

describe.each(questions.map((question) => [question.id, question] as const))("%s", (_id, question) => {
  it("states what the library computes, in both languages, anew for each seed", async () => {
    for (const seed of [1, 2]) {
      const posed = await question.pose(seed);
      expect(posed, `stated ${posed.stated}, computed ${posed.computed}`).toSatisfy(agrees);
      expect(isRight(posed, posed.stated + (posed.options === null ? 0.5 + Math.abs(posed.stated) : 1))).toBe(false);
      for (const words of [
        posed.ask,
        posed.because,
        ...(posed.options ?? []).flatMap(({ text, because }) => [text, because]),
      ]) {
        expect(words.en).not.toBe("");
        expect(words.ja).not.toBe("");
        expect(`${words.en} ${words.ja}`).not.toMatch(/undefined|NaN|\[object/);
      }
      expect(await question.pose(seed)).toEqual(posed);
    }
  });
});

it("questions are many, have different ids, and cover the course's pages and topics", () => {
  expect(questions.length).toBeGreaterThanOrEqual(30);
  expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
  const pages = new Set(questions.map(({ page }) => page));
  expect([12, 20, 28, 31, 36, 44, 63, 68, 69, 71, 78, 100].filter((page) => !pages.has(page))).toEqual([]);
  for (const topic of topics) expect(questions.some((question) => question.topic === topic)).toBe(true);
});
