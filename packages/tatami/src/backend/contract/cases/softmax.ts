// Cases of softmax and crossEntropy: rows of any size of numbers.
import type { ContractCases } from "../contract-case.ts";
import { blank, constant, floats, integers, ints, normals } from "../values.ts";

const { NaN: nan, NEGATIVE_INFINITY: least } = Number;

const huge = floats(1000, 1000, 0, -1000, -1000, -1000);
const third = Math.log(1 / 3);

/** 37 rows of 10: in one lies a NaN, in one Infinity, in one its opposite, and one holds nothing else */
function specialRows(): Float32Array {
  const rows = normals(370, 4, { std: 5 });
  rows[23] = nan;
  rows[45] = -least;
  rows[67] = least;
  rows.fill(least, 80, 90);
  return rows;
}

export const softmaxCases: ContractCases<"softmax" | "crossEntropy"> = {
  softmax: [
    {
      title: "gives equal numbers equal shares",
      call: { x: constant(8, 3), out: blank(8), rows: 2, columns: 4, log: 0 },
      golden: [constant(8, 0.25)],
    },
    {
      title: "divides by the sum of the powers",
      call: { x: floats(0, Math.log(3)), out: blank(2), rows: 1, columns: 2, log: 0 },
      golden: [floats(0.25, 0.75)],
    },
    {
      title: "does not overflow",
      call: { x: huge, out: blank(6), rows: 2, columns: 3, log: 0 },
      golden: [floats(0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3)],
    },
    {
      title: "does not overflow in the logarithm",
      call: { x: huge, out: blank(6), rows: 2, columns: 3, log: 1 },
      golden: [floats(-Math.LN2, -Math.LN2, -1000 - Math.LN2, third, third, third)],
    },
    {
      title: "of one column is 1",
      call: { x: floats(-5, 7), out: blank(2), rows: 2, columns: 1, log: 0 },
      golden: [floats(1, 1)],
    },
    {
      title: "of one column is 0 in the logarithm",
      call: { x: floats(-5, 7), out: blank(2), rows: 2, columns: 1, log: 1 },
      golden: [floats(0, 0)],
    },
    {
      title: "gives -Infinity no share",
      call: { x: floats(least, 1), out: blank(2), rows: 1, columns: 2, log: 0 },
      golden: [floats(0, 1)],
    },
    {
      title: "makes a row with NaN all NaN, and no other",
      call: { x: floats(0, nan, 0, 0), out: blank(4), rows: 2, columns: 2, log: 0 },
      golden: [floats(nan, nan, 0.5, 0.5)],
    },
    ...[0, 1].flatMap((log) => [
      {
        title: `${log ? "takes the logarithms" : "divides the rows"} of a batch of short rows, some of them special`,
        call: { x: specialRows(), out: blank(37 * 10), rows: 37, columns: 10, log },
      },
      {
        title: `takes rows of 64 numbers${log ? " in the logarithm" : ""}`,
        call: { x: normals(34 * 64, 5, { std: 9 }), out: blank(34 * 64), rows: 34, columns: 64, log },
      },
      {
        title: `takes rows of 65 numbers${log ? " in the logarithm" : ""}`,
        call: { x: normals(34 * 65, 6, { std: 9 }), out: blank(34 * 65), rows: 34, columns: 65, log },
      },
    ]),
    { title: "takes an empty batch", call: { x: floats(), out: blank(0), rows: 0, columns: 3, log: 0 } },
  ],
  crossEntropy: [
    {
      title: "is log K for equal logits",
      call: { logits: constant(20, -3), labels: ints(0, 9), out: blank(2), rows: 2, columns: 10 },
      golden: [floats(Math.log(10), Math.log(10))],
    },
    {
      title: "does not overflow",
      call: { logits: huge, labels: ints(2, 1), out: blank(2), rows: 2, columns: 3 },
      golden: [floats(1000 + Math.LN2, Math.log(3))],
    },
    {
      title: "of one column is 0",
      call: { logits: floats(7), labels: ints(0), out: blank(1), rows: 1, columns: 1 },
      golden: [floats(0)],
    },
    {
      title: "gives NaN for a label outside and for NaN in the row",
      call: {
        logits: floats(1, 2, 1, 2, nan, 2, 1, 1),
        labels: ints(2, -1, 1, 0),
        out: blank(4),
        rows: 4,
        columns: 2,
      },
      golden: [floats(nan, nan, nan, Math.LN2)],
    },
    {
      title: "of short rows, some of them special",
      call: { logits: specialRows(), labels: integers(37, 10, 3), out: blank(37), rows: 37, columns: 10 },
    },
    {
      title: "of a batch of 100 and 10 classes",
      call: {
        logits: normals(1000, 1, { std: 4 }),
        labels: integers(100, 10, 2),
        out: blank(100),
        rows: 100,
        columns: 10,
      },
    },
  ],
};
