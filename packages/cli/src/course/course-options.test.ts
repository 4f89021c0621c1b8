import { expect, it } from "vitest";
import { UsageError } from "../command/usage-error.ts";
import { assignment, seeds } from "./course-options.ts";

it("seeds(text) takes a number, several, or a range", () => {
  expect([seeds("3"), seeds("1,4,9"), seeds("1..5"), seeds("7..7")]).toEqual([[3], [1, 4, 9], [1, 2, 3, 4, 5], [7]]);
});

it.each(["", "a", "1..", "5..1", "1,1", "-1", "1.5", "4294967296", "0..1000"])("seeds(%j) is refused", (text) => {
  expect(() => seeds(text)).toThrow(UsageError);
});

it("assignment(text, before) collects key=value, and what stands behind the first equals sign is the value", () => {
  expect(assignment("lr=0.1", assignment("hidden=40,20"))).toEqual({ hidden: "40,20", lr: "0.1" });
  expect(assignment("a=b=c")).toEqual({ a: "b=c" });
  expect(() => assignment("lr")).toThrow("--set has no value, got lr, expected key=value");
  expect(() => assignment("=1")).toThrow(UsageError);
});
