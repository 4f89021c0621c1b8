import { expect, it } from "vitest";
import { columnGroups, shortened } from "./table.ts";

const rows = [
  ["run", "lr", "steps", "accuracy"],
  ["one", ".1", "100", ".9"],
];

it.each([
  ["all in one group where they fit", 24, [[0, 1, 2, 3]]],
  [
    "more groups, each with the first column",
    23,
    [
      [0, 1, 2],
      [0, 3],
    ],
  ],
  [
    "one column a group at least",
    5,
    [
      [0, 1],
      [0, 2],
      [0, 3],
    ],
  ],
])("columnGroups(rows, columns) puts columns into %s", (_, columns, expected) => {
  expect(columnGroups(rows, columns)).toEqual(expected);
});

it.each([
  ["short", 5, "short"],
  ["mlp-momentum-0.1", 9, "mlp-…-0.1"],
  ["日本語の名前です", 5, "日本…です"],
])("shortened(%j, %i) is %j", (name, length, expected) => {
  expect(shortened(name, length)).toBe(expected);
});
