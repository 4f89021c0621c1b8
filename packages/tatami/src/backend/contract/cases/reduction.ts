// Cases of reduce and argMax.
import type { ContractCases } from "../contract-case.ts";
import { blank, blankInts, constant, counted, floats, ints, normals } from "../values.ts";

const sum = { operation: 0, scale: 1, accumulate: 0 };
const max = { ...sum, operation: 1 };
const min = { ...sum, operation: 2 };
const { NaN: nan, NEGATIVE_INFINITY: least, POSITIVE_INFINITY: most } = Number;

export const reductionCases: ContractCases<"reduce" | "argMax"> = {
  reduce: [
    {
      title: "sums the first axis",
      call: { x: counted(6), out: blank(3), shape: [2, 3], firstReduced: 1, ...sum },
      golden: [floats(5, 7, 9)],
    },
    {
      title: "sums the second axis",
      call: { x: counted(6), out: blank(2), shape: [2, 3], firstReduced: 0, ...sum },
      golden: [floats(6, 15)],
    },
    {
      title: "sums everything",
      call: { x: counted(100), out: blank(1), shape: [100], firstReduced: 1, ...sum },
      golden: [floats(5050)],
    },
    {
      title: "scales: the mean over the batch and the image, the channels kept",
      call: { x: counted(12), out: blank(3), shape: [2, 3, 2], firstReduced: 1, ...sum, scale: 1 / 4 },
      golden: [floats(4.5, 6.5, 8.5)],
    },
    {
      title: "adds the scaled sum to what is there",
      call: { x: counted(6), out: floats(100, 200), shape: [2, 3], firstReduced: 0, ...sum, scale: 2, accumulate: 1 },
      golden: [floats(112, 230)],
    },
    {
      title: "sums the middle of three axes",
      call: { x: counted(12), out: blank(4), shape: [2, 3, 2], firstReduced: 0, ...sum },
      golden: [floats(9, 12, 27, 30)],
    },
    {
      title: "takes the largest, NaN first",
      call: { x: floats(1, 5, -2, -7, nan, 3), out: blank(3), shape: [3, 2], firstReduced: 0, ...max },
      golden: [floats(5, -2, nan)],
    },
    {
      title: "takes the smallest, NaN first",
      call: { x: floats(1, 5, -2, -7, nan, 3), out: blank(2), shape: [3, 2], firstReduced: 1, ...min },
      golden: [floats(nan, -7)],
    },
    {
      title: "copies where no axis is reduced",
      call: { x: counted(5), out: blank(5), shape: [5], firstReduced: 0, ...max },
      golden: [counted(5)],
    },
    {
      title: "gives the neutral element over nothing: 0 for sums",
      call: { x: floats(), out: blank(2), shape: [2, 0], firstReduced: 0, ...sum },
      golden: [floats(0, 0)],
    },
    {
      title: "gives the neutral element over nothing: -Infinity for the largest",
      call: { x: floats(), out: blank(1), shape: [0], firstReduced: 1, ...max },
      golden: [floats(least)],
    },
    {
      title: "gives the neutral element over nothing: Infinity for the smallest",
      call: { x: floats(), out: blank(1), shape: [0], firstReduced: 1, ...min },
      golden: [floats(most)],
    },
    {
      title: "stays precise over a hundred thousand terms",
      call: { x: normals(100003, 8, { mean: 1 }), out: blank(1), shape: [100003], firstReduced: 1, ...sum },
    },
    {
      title: "takes the largest of numbers below 0",
      call: { x: constant(33, -4), out: blank(1), shape: [33], firstReduced: 1, ...max },
      golden: [floats(-4)],
    },
  ],
  argMax: [
    {
      title: "finds the largest of each row",
      call: { x: floats(1, 3, 2, 9, -1, 4), out: blankInts(2), outer: 2, length: 3, inner: 1 },
      golden: [ints(1, 0)],
    },
    {
      title: "takes the first of equals",
      call: { x: floats(0, 5, 5, 5, 2, 2), out: blankInts(2), outer: 2, length: 3, inner: 1 },
      golden: [ints(1, 0)],
    },
    {
      title: "reads down columns",
      call: { x: floats(1, 6, 3, 4, 5, 2), out: blankInts(2), outer: 1, length: 3, inner: 2 },
      golden: [ints(2, 0)],
    },
    {
      title: "takes the first NaN",
      call: { x: floats(1, nan, 7, nan), out: blankInts(1), outer: 1, length: 4, inner: 1 },
      golden: [ints(1)],
    },
    {
      title: "finds the largest of numbers that are all -Infinity: the first",
      call: { x: floats(least, least), out: blankInts(1), outer: 1, length: 2, inner: 1 },
      golden: [ints(0)],
    },
  ],
};
