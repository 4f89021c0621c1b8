// Cases of copy, fill and cast.
import type { ContractCases } from "../contract-case.ts";
import { blankInts, counted, ints, wordsOf } from "../values.ts";

const six = wordsOf(counted(6));

export const movementCases: ContractCases<"copy" | "fill" | "cast"> = {
  copy: [
    {
      title: "transposes",
      call: {
        x: six,
        out: blankInts(6),
        shape: [3, 2],
        xStrides: [1, 3],
        outStrides: [2, 1],
        xOffset: 0,
        outOffset: 0,
      },
      golden: [wordsOf([1, 4, 2, 5, 3, 6])],
    },
    {
      title: "slices from an offset with a step",
      call: { x: six, out: blankInts(2), shape: [2], xStrides: [3], outStrides: [1], xOffset: 1, outOffset: 0 },
      golden: [wordsOf([2, 5])],
    },
    {
      title: "writes the middle of a larger output and leaves the rest",
      call: {
        x: six,
        out: new Int32Array(12),
        shape: [2, 3],
        xStrides: [3, 1],
        outStrides: [4, 1],
        xOffset: 0,
        outOffset: 5,
      },
      golden: [wordsOf([0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6])],
    },
    {
      title: "flips by a negative stride",
      call: {
        x: six,
        out: blankInts(6),
        shape: [2, 3],
        xStrides: [3, -1],
        outStrides: [3, 1],
        xOffset: 2,
        outOffset: 0,
      },
      golden: [wordsOf([3, 2, 1, 6, 5, 4])],
    },
    {
      title: "repeats by a stride of 0",
      call: {
        x: six,
        out: blankInts(6),
        shape: [2, 3],
        xStrides: [0, 1],
        outStrides: [3, 1],
        xOffset: 3,
        outOffset: 0,
      },
      golden: [wordsOf([4, 5, 6, 4, 5, 6])],
    },
    {
      title: "copies one word for the shape of no axes",
      call: { x: six, out: blankInts(1), shape: [], xStrides: [], outStrides: [], xOffset: 4, outOffset: 0 },
      golden: [wordsOf([5])],
    },
    {
      title: "keeps every bit of integers and of NaN",
      call: {
        x: ints(-1, 0x7fc12345, -(2 ** 31), 1),
        out: blankInts(4),
        shape: [4],
        xStrides: [1],
        outStrides: [1],
        xOffset: 0,
        outOffset: 0,
      },
      golden: [ints(-1, 0x7fc12345, -(2 ** 31), 1)],
    },
    {
      title: "copies nothing where an axis is empty",
      call: { x: six, out: ints(9), shape: [2, 0], xStrides: [1, 1], outStrides: [1, 1], xOffset: 0, outOffset: 0 },
      golden: [ints(9)],
    },
  ],
  fill: [
    {
      title: "writes the bits of a float",
      call: { out: blankInts(19), count: 19, bits: wordsOf([-1.5])[0] },
      golden: [wordsOf(new Array(19).fill(-1.5))],
    },
    {
      title: "writes an integer to the first words only",
      call: { out: ints(7, 7, 7), count: 2, bits: -3 },
      golden: [ints(-3, -3, 7)],
    },
    { title: "fills nothing", call: { out: ints(7), count: 0, bits: 1 }, golden: [ints(7)] },
  ],
  cast: [
    {
      title: "makes floats of integers",
      call: { x: ints(0, -5, 7, 2 ** 24), out: blankInts(4), count: 4, toFloat: 1 },
      golden: [wordsOf([0, -5, 7, 2 ** 24])],
    },
    {
      title: "drops the fraction of floats",
      call: { x: wordsOf([0, 1.9, -1.9, 1000000.5, -0.5]), out: blankInts(5), count: 5, toFloat: 0 },
      golden: [ints(0, 1, -1, 1000000, 0)],
    },
    {
      title: "takes the nearest integer of what lies outside, and 0 of NaN",
      call: {
        x: wordsOf([3e9, -3e9, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]),
        out: blankInts(5),
        count: 5,
        toFloat: 0,
      },
      golden: [ints(2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, -(2 ** 31), 0)],
    },
  ],
};
