import { expect, it } from "vitest";
import { UsageError } from "../command/usage-error.ts";
import { lossOf } from "./loss-choice.ts";

const data = { labels: Int32Array.of(0, 0, 0, 1, 1, 3), classes: 4 };

it("lossOf({}, data) is plain cross-entropy", () => {
  expect(lossOf({}, data)).toBeUndefined();
});

it("lossOf({classWeights: balanced}, data) weighs classes by how rare they are, and all of them as much", () => {
  const weight = lossOf({ classWeights: "balanced" }, data)!.weight!;
  expect(weight).toEqual([0.5, 0.75, 0, 1.5]);
  const totals = [3 * weight[0], 2 * weight[1], weight[3]];
  expect(new Set(totals)).toEqual(new Set([1.5]));
});

it("lossOf({classWeights, labelSmoothing}, data) takes a number a class", () => {
  const loss = lossOf({ classWeights: "1, 0,.5,2", labelSmoothing: 0.1 }, data)!;
  expect(loss).toMatchObject({ weight: [1, 0, 0.5, 2], labelSmoothing: 0.1 });
});

it.each(["1,2,3", "1,2,3,-4", "0,0,0,0", "1,,1,1", "blanced", "1,2,3,x"])(
  "lossOf({classWeights: %s}, data) is refused",
  (classWeights) => {
    expect(() => lossOf({ classWeights }, data)).toThrow(UsageError);
    expect(() => lossOf({ classWeights }, data)).toThrow("expected balanced or 4 numbers");
  },
);
