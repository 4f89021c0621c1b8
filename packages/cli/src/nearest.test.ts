import { expect, it } from "vitest";
import { editDistance, known, nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

it.each([
  ["adam", "adam", 0],
  ["", "adam", 4],
  ["adm", "adam", 1],
  ["adman", "adam", 2],
  ["wsam", "wasm", 1],
  ["kitten", "sitting", 3],
])("editDistance(%j, %j) is %i", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

it("nearest(name, names) does not mind capitals", () => {
  expect(nearest("SIMPLE-CNV", ["deep-conv", "simple-conv"])).toBe("simple-conv");
});

it("known(kind, name, names) gives the name or suggests one", () => {
  expect(known("net", "mlp", ["mlp", "deep-conv"])).toBe("mlp");
  expect(() => known("net", "mpl", ["deep-conv", "mlp"])).toThrow(
    new UsageError('unknown net "mpl", did you mean mlp? (expected one of deep-conv, mlp)'),
  );
});
