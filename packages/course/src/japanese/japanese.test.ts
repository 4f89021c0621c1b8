// What exercises say has its Japanese: lessons by id, and the words of results by what tiny runs yield.
import { arrayDataset } from "tatamijs/data";
import { setBackend } from "tatamijs/tensor";
import { describe, expect, it } from "vitest";
import { exercises } from "../exercises/index.ts";
import { configure } from "../frame/configuration.ts";
import type { DataSource } from "../frame/exercise.ts";
import type { Result } from "../frame/result.ts";
import { japanese, japaneseExercise } from "./index.ts";

setBackend("wasm");

const load: DataSource = async (_split, count) => {
  const images = Float32Array.from({ length: count * 784 }, (_, index) => ((index * 7919) % 255) / 255);
  const labels = Int32Array.from({ length: count }, (_, index) => index % 10);
  return arrayDataset({ images, labels, imageShape: [1, 28, 28], classes: 10 });
};

/** Words that are the same in Japanese text. */
const names =
  /\b(Elastic Net|Weight decay|sgd|momentum|nesterov|adagrad|rmsprop|adamw?|relu|tanh|leaky-relu|xavier|he|gaussian|constant|softmax|log|sign|col2im|im2col|lr|max|out|in|Conv2d|Linear|ReLU|Tanh|Flatten|[A-Z]\w*(Pool|Norm)\w*)\b/g;

/** Whether it has English words besides names and formulas. */
const hasWords = (text: string): boolean => /[a-z]{3,}/.test(text.replaceAll(names, ""));

function textsOf(result: Result): string[] {
  switch (result.kind) {
    case "series":
    case "surface":
      return [result.plot.title, result.plot.x.label, result.plot.y.label, ...("name" in result ? [result.name] : [])];
    case "histogram":
      return [result.title, result.name, result.label];
    case "table":
      return [result.title, ...result.columns];
    case "image":
      return [result.group ?? result.title, result.title];
    case "confusion":
      return [result.title];
    case "measure":
      return [result.name];
    case "verdict":
      return [result.claim, result.detail];
    case "text":
      return result.text.split("\n");
    default:
      return [];
  }
}

const sentences = (text: string): number => text.match(/[.!?](?=\s|$)/g)?.length ?? 0;

describe.each(exercises.map((exercise) => [exercise.id, exercise] as const))("%s", (id, exercise) => {
  it("is taught in three sentences, in both languages", () => {
    expect(sentences(exercise.teaches)).toBe(3);
    const found = japaneseExercise(id);
    expect(found?.title).toMatch(/[\u3040-\u9fff%]/);
    expect(found?.teaches.match(/。/g)).toHaveLength(3);
  });

  it("has each variant described in Japanese, and no other", () => {
    const found = japaneseExercise(id)?.variants ?? {};
    expect(Object.keys(found).sort()).toEqual(exercise.variants.map(({ name }) => name).sort());
  });

  it("has each setting described in Japanese", () => {
    const missing = Object.values(exercise.settings).filter(({ doc }) => hasWords(doc) && japanese(doc) === null);
    expect(missing.map(({ doc }) => doc)).toEqual([]);
  });

  it("has notes about its published outcomes in Japanese", () => {
    const notes = exercise.variants.flatMap(({ published }) => published.flatMap(({ note }) => note ?? []));
    expect(notes.filter((note) => japanese(note) === null)).toEqual([]);
  });

  // alexnet's 224 × 224 pixels take fifteen seconds
  it("says everything in Japanese, too, that its results say", { timeout: 180_000 }, async () => {
    const said = new Set<string>();
    for (const { name } of exercise.variants.slice(0, 2)) {
      const { values } = configure(exercise, name, exercise.tiny);
      for await (const result of exercise.run(values, { seed: 1, load }))
        for (const text of textsOf(result)) said.add(text);
    }
    const missing = [...said].filter((text) => {
      const found = japanese(text);
      return found === null ? hasWords(text) : hasWords(found);
    });
    expect(missing).toEqual([]);
  });
});

it("japanese(text) fills in what differs, translates lists part by part, and leaves names alone", () => {
  expect(japanese("first layer over last: 1e-5 against .4")).toBe("最初の層 ÷ 最後の層: 1e-5 と .4");
  expect(japanese("largest difference 2e-7 of values up to 3.1")).toBe("値 (最大 3.1) の差は最大 2e-7");
  expect(japanese("none, batches of 2, test")).toBe("なし、バッチ 2、テスト");
  expect(japanese("sgd")).toBeNull();
});
