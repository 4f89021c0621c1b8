import { OptionError } from "tatamijs/shape";
import { describe, expect, it } from "vitest";
import { asPublished, configure, exerciseOf, variantOf } from "./configuration.ts";
import { defineExercise } from "./exercise.ts";
import { choice, flag, integer, integers, real, reals } from "./setting.ts";

const exercise = defineExercise({
  id: "2_1",
  title: "An exercise",
  teaches: "Something.",
  formula: "y = x",
  settings: {
    size: integer(3, "a size", { min: 1, max: 10 }),
    rate: real(0.5, "a rate", { max: 1, belowMax: true }),
    lr: real(0.1, "learning rate", { max: 10, aboveMin: true }),
    kind: choice("relu", ["relu", "sigmoid"], "a kind"),
    norm: flag(false, "a flag"),
    hidden: integers([4, 2], "sizes", { max: 9, most: 3 }),
    ranges: reals([1, 2], "numbers", { max: 5 }),
    evaluateEvery: integer(10, "steps between evaluations"),
  },
  variants: [
    { name: "plain", description: "plain", set: {}, published: [] },
    { name: "other", description: "other", set: { kind: "sigmoid" }, published: [] },
  ],
  yields: ["text"],
  tiny: {},
  refuse: ({ size, hidden }) => (size < hidden.length ? { key: "size", expected: "at least as many as hidden" } : null),
  run: async function* () {
    yield { kind: "text", text: "" };
  },
});

describe("configure(exercise, variant, assignments)", () => {
  it("starts from the variant and takes what is given", () => {
    const found = configure(exercise, "other", { size: "7", norm: "on", hidden: "9,9,9", rate: "1e-3" });
    expect(found.values).toMatchObject({ kind: "sigmoid", size: 7, norm: true, hidden: [9, 9, 9], rate: 0.001 });
    expect(found.changed).toEqual(["size", "rate", "norm", "hidden"]);
  });

  it("compares with what was published unless a setting that decides the outcome is changed", () => {
    expect(asPublished(configure(exercise, undefined, { size: "3", evaluateEvery: "7" }))).toBe(true);
    expect(asPublished(configure(exercise, undefined, { size: "4" }))).toBe(false);
    expect(asPublished(configure(exercise, "other", { kind: "relu" }))).toBe(false);
  });

  it.each([
    [{ sise: "1" }, "course: 2_1 has no such setting, got sise, did you mean size? (it has size, rate"],
    [{ size: "0" }, "course: size of 2_1 is out of range, got 0, expected an integer from 1 to 10; did you mean 1?"],
    [{ size: "99" }, "did you mean 10?"],
    [{ size: "2.6" }, "did you mean 3?"],
    [{ size: "" }, "got nothing, expected an integer"],
    [{ size: "many" }, "got many, expected an integer from 1 to 10; did you mean 3?"],
    [{ rate: "1" }, "rate of 2_1 is out of range, got 1, expected a number from 0 to below 1; did you mean 0.99?"],
    [{ rate: "NaN" }, "did you mean 0.5?"],
    [{ lr: "0" }, "lr of 2_1 is out of range, got 0, expected a number above 0 to 10; did you mean 0.1?"],
    [{ lr: "Infinity" }, "did you mean 10?"],
    [{ kind: "sigmod" }, "got sigmod, expected one of relu, sigmoid; did you mean sigmoid?"],
    [{ norm: "no" }, "expected on or off; did you mean on?"],
    [{ hidden: "4,x,20" }, "did you mean 4,1,9?"],
    [{ hidden: "1,2,3,4" }, "did you mean 1,2,3?"],
    [{ ranges: "1,9" }, "did you mean 1,5?"],
    [{ size: "1" }, "size of 2_1 is out of range, got 1, expected at least as many as hidden"],
  ])("refuses %j with the nearest right one", (assignments, message) => {
    const configured = (): unknown => configure(exercise, undefined, assignments as Record<string, string>);
    expect(configured).toThrow(OptionError);
    expect(configured).toThrow(message);
  });
});

it("variantOf(exercise, name) and exerciseOf(id, exercises) suggest the nearest", () => {
  expect(variantOf(exercise, undefined).name).toBe("plain");
  expect(() => variantOf(exercise, "othr")).toThrow("unknown variant of 2_1, got othr, did you mean other?");
  expect(exerciseOf("2_1", [exercise])).toBe(exercise);
  expect(() => exerciseOf("2.1", [exercise])).toThrow("unknown exercise, got 2.1, did you mean 2_1?");
});
