import { expect, it } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

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

it("nearest(name, names) takes the beginning of a word for it, and no other part", () => {
  expect(nearest("acc", ["test-loss", "test-accuracy", "train-accuracy"])).toBe("test-accuracy");
  expect(nearest("corner", ["corner.safetensors", "corners"])).toBe("corners");
  expect(nearest("mpl", ["simple-conv", "mlp"])).toBe("mlp");
});
